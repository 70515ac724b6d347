import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import * as z from 'zod';
import { FUNCTIONS, QUEUES, resourceName } from '../../lib/constants.ts';
import { workItemSchema } from '../../lib/work/work-item.ts';
import type { Cloud } from '../../local/cloud.ts';
import { LOCAL_STAGE } from '../../local/synth.ts';
import { applyConfig } from './support/apply-config.ts';
import { bootCloud } from './support/boot-cloud.ts';
import { deadLetters, drover } from './support/drover.ts';
import { startFleet, stopFleet, type TestNode } from './support/fleet.ts';
import { onThisMachine } from './support/on-this-machine.ts';
import { createOperator, type Operator } from './support/operator.ts';
import { temporaryFolder } from './support/temporary-folder.ts';
import { waitFor } from './support/wait-for.ts';

const folder = temporaryFolder('work');
const program = join(folder, 'play.mjs');
const BEATING = { DROVER_HEARTBEAT_SECONDS: '1', DROVER_SLOTS: '2' };
const FLEET = { one: BEATING, two: BEATING, three: BEATING, four: BEATING };
/** From a free slot to a running job. */
const QUICK_MILLISECONDS = 2000;
/** A real program: writes a file of its own, and says what it did. */
const PROGRAM = `
import { writeFileSync } from 'node:fs';

const [, , index, seconds] = process.argv;
console.log('playing', index);
setTimeout(() => {
  writeFileSync('games.bin', 'games of ' + process.env.DROVER_WORK_ID);
  writeFileSync(process.env.DROVER_RESULT, JSON.stringify({ gamesPlayed: Number(index) }));
}, Number(seconds) * 1000);
`;
const COMMAND: [string, ...string[]] = [process.execPath, program, '{index}', '{seconds}'];
const CONFIG = {
  work: {
    templates: {
      play: {
        jobType: 'selfplay',
        command: COMMAND,
        parameters: {
          index: { type: 'integer' as const, minimum: 1 },
          seconds: { type: 'number' as const, minimum: 0, default: 0.2 },
        },
        outputs: [{ glob: '*.bin', kind: 'games' as const, name: 'games-{index}' }],
        evidence: { gamesPlayed: { minimum: 1 } },
      },
    },
  },
};
const listed = z.object({ work: z.array(workItemSchema) });
const shown = z.object({ work: workItemSchema });
let cloud: Cloud;
let operator: Operator;
let nodes: TestNode[];

const tick = (name: string) => cloud.tick(resourceName(LOCAL_STAGE, name));
const look = async (): Promise<void> => {
  await tick(FUNCTIONS.scoreHealth);
  await tick(`${FUNCTIONS.dispatchWork}-sweep`);
};
const submit = async (...args: string[]): Promise<string> => {
  const { work } = await drover(cloud, listed, 'work', 'submit', 'play', ...args);
  return work[0]?.workId ?? '';
};
const itemOf = async (workId: string) => operator.stores.work.get(workId);
const until = (workId: string, status: string, seconds = 30) =>
  waitFor(
    async () => {
      const item = await itemOf(workId);
      return item?.status === status ? item : undefined;
    },
    seconds,
    () => `${workId} to be ${status}; agents wrote ${nodes.map(({ agent }) => agent.logs()).join('\n')}`,
  );

beforeAll(async () => {
  mkdirSync(folder, { recursive: true });
  writeFileSync(program, PROGRAM);
  cloud = await bootCloud({ logFolder: folder, schedules: false });
  operator = createOperator(cloud);
  await applyConfig(cloud, CONFIG);
  nodes = await startFleet(cloud, operator, join(folder, 'nodes'), FLEET);
  await waitFor(
    async () => {
      await look();
      await delay(500);
      const all = await Promise.all(nodes.map(({ nodeId }) => operator.stores.nodes.get(nodeId)));
      return all.every(
        (node) => node?.health?.state === 'healthy' && node.heartbeat?.jobTemplates?.['play'] !== undefined,
      );
    },
    60,
    'the nodes to be healthy and to know their templates',
  );
});
afterAll(async () => {
  await stopFleet(nodes);
  await cloud?.stop();
});

describe('a job on a real agent', () => {
  it('runs within two seconds of its submission, and is done with its outputs in the store', async () => {
    const workId = await submit('--param', 'index=7');
    const done = await until(workId, 'succeeded');

    expect(done).toMatchObject({
      attempts: 1,
      returns: 0,
      result: { evidence: { gamesPlayed: 7 }, outputCount: 1 },
    });
    const details = await operator.stores.work.getDetails(workId);
    expect(details?.logTail).toContain('playing 7');
    const [output = ''] = details?.outputs ?? [];
    expect((await operator.stores.artifacts.get(output))?.storeReplica).toBeDefined();
    const started = (await operator.events('WorkStarted')).find(({ detail }) => detail['workId'] === workId);
    const runningAt = new Date(String(started?.detail['occurredAt'])).getTime();
    expect(runningAt - new Date(done.createdAt).getTime()).toBeLessThan(onThisMachine(QUICK_MILLISECONDS));
  });

  it('is followed by the next one within two seconds of its end', async () => {
    const { work } = await drover(
      cloud,
      listed,
      ...['work', 'submit', 'play', '--param', 'index=3', '--param', 'seconds=3', '--count', '10'],
    );
    const ids = work.map(({ workId }) => workId);
    await Promise.all(ids.map((workId) => until(workId, 'succeeded', 60)));
    const ended = (await operator.events('WorkSucceeded')).map(({ detail }) => detail);
    const started = (await operator.events('WorkStarted')).map(({ detail }) => detail);
    const at = (detail: Readonly<Record<string, unknown>> | undefined): number =>
      new Date(String(detail?.['occurredAt'])).getTime();
    // Eight slots, so the last two waited for the first ones to end.
    const firstEnds = ended
      .filter((detail) => ids.includes(String(detail['workId'])))
      .map(at)
      .sort();
    const lastStarts = started
      .filter((detail) => ids.includes(String(detail['workId'])))
      .map(at)
      .sort()
      .slice(-2);
    for (const [index, startedAt] of lastStarts.entries())
      expect(startedAt - (firstEnds[index] ?? 0)).toBeLessThan(onThisMachine(QUICK_MILLISECONDS));
  });

  it('is ended on its node when somebody cancels it', async () => {
    const workId = await submit('--param', 'index=1', '--param', 'seconds=600');
    const { lease } = await until(workId, 'running');
    await drover(cloud, shown, 'work', 'cancel', workId, '--reason', 'not needed');
    expect(await until(workId, 'cancelled')).toMatchObject({
      attempts: 1,
      endReason: expect.stringContaining('cancelled by'),
    });
    // Its answers are taken, and not refused.
    await waitFor(
      async () => (await operator.stores.commands.listOpen(lease?.nodeId ?? '')).length === 0,
      30,
      'the node to have answered all its commands',
    );
    expect(await deadLetters(cloud, QUEUES.reports)).toEqual([]);
  });
});
