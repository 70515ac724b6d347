import { existsSync, readdirSync, readFileSync, readlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { PutEventsCommand } from '@aws-sdk/client-eventbridge';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import * as z from 'zod';
import type { EventName } from '../../lib/events/catalogue.ts';
import type { Cloud } from '../../local/cloud.ts';
import { npy, zip } from '../artifacts/npz-files.ts';
import { bootCloud } from './support/boot-cloud.ts';
import { drover, publish } from './support/drover.ts';
import { untilQuiet } from './support/end-state.ts';
import { startFleet, stopFleet, type TestNode } from './support/fleet.ts';
import { makeFile, sha256Of } from './support/make-file.ts';
import { createOperator, type Operator } from './support/operator.ts';
import { publishUnchecked } from './support/publish-unchecked.ts';
import { projectFolder } from './support/run-process.ts';
import { temporaryFolder } from './support/temporary-folder.ts';
import { untilVerified } from './support/until-verified.ts';
import { waitFor } from './support/wait-for.ts';

const folder = temporaryFolder('targets');
let cloud: Cloud;
let operator: Operator;
let trainer: TestNode;
let player: TestNode;
let full: TestNode;
let late: TestNode | undefined;

const diskUsed = (percent: number): Record<string, string> => ({
  NODE_OPTIONS: `--import=${join(projectFolder, 'test', 'e2e', 'support', 'fake-disk.ts')}`,
  FAKE_DISK_USED_PERCENT: String(percent),
});

beforeAll(async () => {
  cloud = await bootCloud({ logFolder: folder });
  operator = createOperator(cloud);
  const nodes = await startFleet(cloud, operator, join(folder, 'nodes'), {
    trainer: { DROVER_TRAINS: 'true', ...diskUsed(69.9) },
    player: diskUsed(10),
    full: { DROVER_TRAINS: 'true', ...diskUsed(70) },
  });
  const [first, second, third] = nodes;
  if (first === undefined || second === undefined || third === undefined) throw new Error('three nodes');
  [trainer, player, full] = [first, second, third];
});
afterAll(async () => {
  await stopFleet([trainer, player, full, late].filter((node) => node !== undefined));
  await cloud?.stop();
});

let puts = 0;
const put = async (
  name: EventName,
  fields: Record<string, unknown>,
  occurredAt = new Date().toISOString(),
): Promise<void> => {
  puts += 1;
  const Detail = JSON.stringify({ schemaVersion: 1, eventId: `event-${puts}`, occurredAt, ...fields });
  const EventBusName = operator.profile.eventBusName;
  const { FailedEntryCount } = await operator.clients.events.send(
    new PutEventsCommand({
      Entries: [{ EventBusName, Source: 'pipeline.test', DetailType: name, Detail }],
    }),
  );
  expect(FailedEntryCount).toBe(0);
};

const publishModel = async (name: string, version: string): Promise<string> => {
  const file = join(folder, `${name}-${version}.pth`);
  makeFile(file, 60_000);
  return publish(cloud, { file, kind: 'model', name, version });
};

/** The targets and the skipped nodes of the one distribution of an artifact, once it is there. */
const targetsOf = async (artifactId: string) => {
  const [distribution] = await waitFor(
    async () => {
      const found = await operator.stores.distributions.listByArtifact(artifactId);
      return found.length > 0 ? found : undefined;
    },
    20,
    `a distribution of ${artifactId}`,
  );
  return { targets: distribution?.targetNodeIds.toSorted(), skipped: distribution?.skippedNodes };
};

const currentOf = ({ dataFolder }: TestNode, name: string): string =>
  readlinkSync(join(dataFolder, 'models', name, 'current'));

describe('a node whose disk is full', () => {
  it('is skipped with that reason; one just below the limit is not', async () => {
    const artifactId = await publishModel('m', '1');
    await put('ModelPromoted', { name: 'm', version: '1' });

    expect(await targetsOf(artifactId)).toEqual({
      targets: [trainer.nodeId, player.nodeId].toSorted(),
      skipped: { [full.nodeId]: 'disk-full' },
    });
    await untilVerified(operator, artifactId, [trainer, player], 30);
    const waited = await drover(
      cloud,
      z.looseObject({ missing: z.array(z.object({ nodeId: z.string(), reason: z.string() })) }),
      ...['artifacts', 'wait', 'm@1', '--min', '2', '--timeout', '20'],
    );
    expect(waited.missing).toEqual([{ nodeId: full.nodeId, reason: 'skipped: disk-full' }]);
    expect(existsSync(join(full.dataFolder, 'models'))).toBe(false);
  });
});

describe('a model', () => {
  it('[sync#13-10] is a new artifact when its version is new, and the old one stays beside it', async () => {
    const artifactId = await publishModel('m', '2');
    await put('ModelPromoted', { artifactId });
    await untilVerified(operator, artifactId, [trainer, player], 30);

    for (const node of [trainer, player]) {
      expect(currentOf(node, 'm')).toBe('2');
      expect(readdirSync(join(node.dataFolder, 'models', 'm')).toSorted()).toEqual(['1', '2', 'current']);
    }
    expect(await operator.stores.artifacts.findByName('m', 'model')).toHaveLength(2);
  });

  it('never becomes current again by an older promotion that comes late', async () => {
    const older = new Date(Date.now() - 3_600_000).toISOString();
    await put('ModelPromoted', { name: 'm', version: '1' }, older);
    await waitFor(
      async () => (await operator.events('DistributionStarted')).length >= 3,
      20,
      'the late promotion to be handled',
    );
    await untilQuiet(operator);

    for (const node of [trainer, player]) expect(currentOf(node, 'm')).toBe('2');
  });

  it('is sent ahead at 80 % with a registered checkpoint, not at 79 %', async () => {
    const checkpointArtifactId = await publishModel('ahead', '1');
    await put('TrainingProgressed', { name: 'ahead', progressPercent: 79, checkpointArtifactId });
    await put('TrainingProgressed', { name: 'ahead', progressPercent: 80 });
    await waitFor(
      async () => (await operator.events('TrainingProgressed')).length === 2,
      10,
      'both events to be routed',
    );
    await untilQuiet(operator);
    expect(await operator.stores.distributions.listByArtifact(checkpointArtifactId)).toEqual([]);

    await put('TrainingProgressed', { name: 'ahead', progressPercent: 80, checkpointArtifactId });
    await untilVerified(operator, checkpointArtifactId, [trainer, player], 30);
    expect(existsSync(join(player.dataFolder, 'models', 'ahead', 'current'))).toBe(false);
  });
});

const writeNpz = (name: string, dataBytes: number): string => {
  const file = join(folder, name);
  writeFileSync(file, zip([{ name: 'x.npy', content: npy("'<f4'", '(10, 5)', dataBytes) }]));
  return file;
};

describe('training files', () => {
  it('[sync#L13] go to the nodes that train, and to no others', async () => {
    const file = writeNpz('games.npz', 200);
    const artifactId = await publish(cloud, { file, kind: 'npz', name: 'games', version: '1' });
    await put('DatasetPublished', { name: 'games', version: '1' });

    expect(await targetsOf(artifactId)).toEqual({
      targets: [trainer.nodeId],
      skipped: { [player.nodeId]: 'does-not-train', [full.nodeId]: 'disk-full' },
    });
    await untilVerified(operator, artifactId, [trainer], 30);
    expect(await sha256Of(join(trainer.dataFolder, 'npz', 'games', '1', 'games.npz'))).toBe(artifactId);
  });

  it('[sync#L14] whose structure is broken end in quarantine, although their hash is right', async () => {
    const file = writeNpz('broken.npz', 196);
    const artifactId = await publishUnchecked(operator, { file, kind: 'npz', name: 'broken', version: '1' });
    await put('DatasetPublished', { name: 'broken', version: '1' });
    const row = await waitFor(
      async () => {
        const found = await operator.stores.deliveries.get(artifactId, trainer.nodeId);
        return found?.state === 'failed' ? found : undefined;
      },
      30,
      'the delivery to fail for good',
    );

    expect(row.lastFailure?.class).toBe('structure-invalid');
    expect(row.lastFailure?.message).toContain('x.npy');
    const quarantine = join(trainer.dataFolder, '.drover', 'quarantine');
    const [folderOfIt] = readdirSync(quarantine).filter((name) => name.startsWith(artifactId));
    const reason: unknown = JSON.parse(
      readFileSync(join(quarantine, folderOfIt ?? '', 'reason.json'), 'utf8'),
    );
    expect(reason).toMatchObject({ class: 'structure-invalid', artifactId });
    expect(existsSync(join(trainer.dataFolder, 'npz', 'broken', '1', 'broken.npz'))).toBe(false);
  });
});

describe('a node that joins later', () => {
  it('gets the models that are promoted now, and only those', async () => {
    const [joined] = await startFleet(cloud, operator, join(folder, 'nodes'), { late: diskUsed(10) });
    if (joined === undefined) throw new Error('there is no node');
    late = joined;
    const [current, older] = await operator.stores.artifacts.findByName('m', 'model');
    await untilVerified(operator, current?.artifactId ?? '', [joined], 30);

    expect(currentOf(joined, 'm')).toBe('2');
    const rows = await operator.stores.deliveries.listByNode(joined.nodeId);
    expect(rows.map(({ artifactId }) => artifactId)).toEqual([current?.artifactId]);
    expect(older?.version).toBe('1');
  });
});
