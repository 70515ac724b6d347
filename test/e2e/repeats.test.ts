import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { PutEventsCommand } from '@aws-sdk/client-eventbridge';
import { afterAll, describe, expect, it } from 'vitest';
import { readDeadLetterDepths } from '../../cli/dead-letters.ts';
import { FUNCTIONS, resourceName } from '../../lib/constants.ts';
import type { EventName } from '../../lib/events/catalogue.ts';
import type { Cloud } from '../../local/cloud.ts';
import { LOCAL_STAGE } from '../../local/synth.ts';
import { npy, zip } from '../artifacts/npz-files.ts';
import { bootCloud } from './support/boot-cloud.ts';
import { publish } from './support/drover.ts';
import { endState, untilQuiet } from './support/end-state.ts';
import { startFleet, stopFleet, type TestNode } from './support/fleet.ts';
import { makeFile } from './support/make-file.ts';
import { createOperator, type Operator } from './support/operator.ts';
import { publishUnchecked } from './support/publish-unchecked.ts';
import { repeatMessages } from './support/repeat-messages.ts';
import { temporaryFolder } from './support/temporary-folder.ts';
import { waitFor } from './support/wait-for.ts';

const folder = temporaryFolder('repeats');
const clouds: Cloud[] = [];
const fleets: TestNode[][] = [];

afterAll(async () => {
  await Promise.all(fleets.map(stopFleet));
  await Promise.all(clouds.map((cloud) => cloud.stop()));
});

const files = {
  'm1.pth': () => makeFile(join(folder, 'm1.pth'), 400_000),
  'm2.pth': () => makeFile(join(folder, 'm2.pth'), 400_000),
  'ahead.pth': () => makeFile(join(folder, 'ahead.pth'), 400_000),
  'sound.npz': () =>
    writeFileSync(join(folder, 'sound.npz'), zip([{ name: 'x.npy', content: npy("'<f4'", '(10,)', 40) }])),
  'broken.npz': () =>
    writeFileSync(join(folder, 'broken.npz'), zip([{ name: 'x.npy', content: npy("'<f4'", '(10,)', 36) }])),
};
for (const make of Object.values(files)) make();

const publishAll = async (cloud: Cloud, operator: Operator): Promise<string> => {
  const at = (file: keyof typeof files): string => join(folder, file);
  const [, , , , checkpoint] = await Promise.all([
    publish(cloud, { file: at('m1.pth'), kind: 'model', name: 'm', version: '1' }),
    publish(cloud, { file: at('m2.pth'), kind: 'model', name: 'm', version: '2' }),
    publish(cloud, { file: at('sound.npz'), kind: 'npz', name: 'n', version: '1' }),
    publishUnchecked(operator, { file: at('broken.npz'), kind: 'npz', name: 'n', version: '2' }),
    publish(cloud, { file: at('ahead.pth'), kind: 'checkpoint', name: 'c', version: '1' }),
  ]);
  return checkpoint;
};

/** Everything that a pipeline says in this scenario, at once. */
const putAll = async ({ clients, profile }: Operator, checkpointArtifactId: string): Promise<void> => {
  const events: [EventName, string, Record<string, unknown>][] = [
    ['ModelPromoted', '2026-11-01T10:00:00.000Z', { name: 'm', version: '1' }],
    ['ModelPromoted', '2026-11-01T11:00:00.000Z', { name: 'm', version: '2' }],
    ['DatasetPublished', '2026-11-01T11:00:00.000Z', { name: 'n', version: '1' }],
    ['DatasetPublished', '2026-11-01T11:00:00.000Z', { name: 'n', version: '2', deadlineSeconds: 1 }],
    [
      'TrainingProgressed',
      '2026-11-01T11:00:00.000Z',
      { name: 'm', progressPercent: 85, checkpointArtifactId },
    ],
  ];
  const { FailedEntryCount } = await clients.events.send(
    new PutEventsCommand({
      Entries: events.map(([DetailType, occurredAt, fields], index) => ({
        EventBusName: profile.eventBusName,
        Source: 'pipeline.test',
        DetailType,
        Detail: JSON.stringify({ schemaVersion: 1, eventId: `event-${index}`, occurredAt, ...fields }),
      })),
    }),
  );
  expect(FailedEntryCount).toBe(0);
};

/** Runs the scenario to its end; `settled` resolves when nothing is under way. */
const runScenario = async (
  name: string,
  cloud: Cloud,
  operator: Operator,
  settled: () => Promise<void>,
): Promise<TestNode[]> => {
  const nodes = await startFleet(cloud, operator, join(folder, name), {
    trainer: { DROVER_TRAINS: 'true' },
    player: {},
  });
  fleets.push(nodes);
  const checkpoint = await publishAll(cloud, operator);
  await settled();
  await putAll(operator, checkpoint);
  await waitFor(
    async () => {
      const artifacts = await operator.stores.artifacts.list({ limit: 10 });
      const rows = await Promise.all(
        artifacts.map(({ artifactId }) => operator.stores.deliveries.listByArtifact(artifactId)),
      );
      const ended = rows.flat().filter(({ state }) => state === 'verified' || state === 'failed');
      return ended.length === 8;
    },
    60,
    'the eight deliveries to end',
  );
  // The distribution with the broken file has a deadline of a second; the sweep closes it.
  await delay(1000);
  await cloud.tick(resourceName(LOCAL_STAGE, FUNCTIONS.sweepDeliveries));
  await settled();
  return nodes;
};

const expectNoDeadLetters = async ({ clients }: Operator): Promise<void> => {
  const depths = await readDeadLetterDepths(clients.sqs, LOCAL_STAGE);
  expect(depths.filter(({ depth }) => depth !== 0)).toEqual([]);
};

describe('every event and every report three times, late and in any order', () => {
  it('[sync#7.5-9] comes to the same end as everything once', async () => {
    const once = await bootCloud({ logFolder: join(folder, 'once-log') });
    clouds.push(once);
    const onceOperator = createOperator(once);
    const onceNodes = await runScenario('once', once, onceOperator, () => untilQuiet(onceOperator));
    const expected = await endState(onceOperator, onceNodes);
    await stopFleet(onceNodes);

    const thrice = await bootCloud({ logFolder: join(folder, 'thrice-log'), eventSources: false });
    clouds.push(thrice);
    const operator = createOperator(thrice);
    const repeater = repeatMessages(operator, 20_261_123);
    try {
      const settled = (): Promise<void> =>
        waitFor(() => repeater.isIdle(), 60, 'all copies to be handed out').then(() => untilQuiet(operator));
      const nodes = await runScenario('thrice', thrice, operator, settled);
      await settled();
      expect(await endState(operator, nodes)).toEqual(expected);

      // And once more, from the last to the first: what is over stays as it is.
      await repeater.replayAll();
      await settled();
      expect(await endState(operator, nodes)).toEqual(expected);
      expect(repeater.messages()).toBeGreaterThan(25);
    } finally {
      await repeater.stop();
    }
    // The scenario itself has no refusals; neither do its repeats.
    await expectNoDeadLetters(operator);
    expect(expected).toMatchObject({
      current: ['2', '2'],
      openCommands: [],
      noTransferSlotIsTaken: true,
      events: { activated: 2, started: 5, completed: 4, incomplete: 1, failed: 1 },
    });
  });
});
