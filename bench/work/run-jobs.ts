import { randomBytes } from 'node:crypto';
import type { Stores } from '../../cli/stores.ts';
import type { RunCommand } from '../../lib/commands/command.ts';
import { systemClock } from '../../lib/time.ts';
import { makeWorkItem } from '../../lib/work/make-work-item.ts';
import { submittedEvent } from '../../lib/work/work-announcements.ts';
import { workConfigSchema } from '../../lib/work/work-config.ts';
import type { WorkItem } from '../../lib/work/work-item.ts';
import type { BenchNode } from '../dispatch/bench-node.ts';
import { until } from '../dispatch/until.ts';

/** How long a round took to give its jobs to the nodes, and to have them done. */
interface Round {
  readonly claimSeconds: number;
  readonly completeSeconds: number;
}

const TEMPLATE = 'bench';
/** Its program is the node's own, so that nothing has to be configured. */
const config = workConfigSchema.parse({ templates: { [TEMPLATE]: { jobType: 'bench' } } });

const newItem = (): WorkItem =>
  makeWorkItem(
    config,
    { template: TEMPLATE, parameters: {} },
    {
      workId: `w-${randomBytes(6).toString('hex')}`,
      createdBy: 'bench',
      now: systemClock.now(),
    },
  );

const takeRun = async (node: BenchNode): Promise<RunCommand> => {
  const { command, acknowledge } = await node.receive();
  if (command.type !== 'run') throw new Error(`the node was sent ${command.type} instead of work`);
  await acknowledge();
  return command;
};

const handleOf = ({ token, workId, workAttempt: attempt }: RunCommand) => ({ token, workId, attempt });

const sayStarted = (node: BenchNode, run: RunCommand): Promise<void> =>
  node.report({
    type: 'work',
    work: { ...handleOf(run), state: 'started', startedAt: systemClock.now().toISOString() },
  });

const sayDone = (node: BenchNode, run: RunCommand): Promise<void> =>
  node.report({
    type: 'work',
    work: {
      ...handleOf(run),
      state: 'succeeded',
      exitCode: 0,
      durationSeconds: 1,
      logTail: '',
      evidence: {},
      outputs: [],
    },
  });

/** Fills every slot of every node once: waits, is claimed, starts, is done, and leaves the nodes free. */
const runJobs = async (stores: Stores, nodes: readonly BenchNode[], slots: number): Promise<Round> => {
  const items = Array.from({ length: nodes.length * slots }, newItem);
  const [first] = items;
  if (first === undefined) throw new RangeError('no jobs: give at least one node and one slot');
  for (const item of items) await stores.work.create(item);
  const perSlot = Array.from({ length: slots }, (_, slot) => slot);

  const claimStart = performance.now();
  // One word of new work, as `drover work submit` says one batch: the rest is found.
  await stores.publisher.publish([submittedEvent(first)]);
  const runs = await Promise.all(
    nodes.map(async (node) => {
      const taken: RunCommand[] = [];
      for (const _ of perSlot) taken.push(await takeRun(node));
      return { node, taken };
    }),
  );
  const claimSeconds = (performance.now() - claimStart) / 1000;

  const sayOfAll = (say: (node: BenchNode, run: RunCommand) => Promise<void>) =>
    Promise.all(
      runs.map(async ({ node, taken }) => {
        for (const run of taken) await say(node, run);
      }),
    );
  const untilAll = (status: 'running' | 'succeeded') =>
    until(`${items.length} jobs to be ${status}`, async () => {
      const found = await Promise.all(items.map(({ workId }) => stores.work.get(workId)));
      return found.every((item) => item?.status === status);
    });
  await sayOfAll(sayStarted);
  await untilAll('running');

  const completeStart = performance.now();
  await sayOfAll(sayDone);
  await until('every slot to be free', async () => {
    const found = await Promise.all(nodes.map(({ nodeId }) => stores.nodes.get(nodeId)));
    return found.every((node) => Object.keys(node?.leases ?? { unknown: true }).length === 0);
  });
  const completeSeconds = (performance.now() - completeStart) / 1000;
  await untilAll('succeeded');
  return { claimSeconds, completeSeconds };
};

export type { Round };
export { runJobs, TEMPLATE };
