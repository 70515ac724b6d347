import { randomBytes } from 'node:crypto';
import type { Command } from '../../../lib/commands/command.ts';
import { FUNCTIONS, QUEUES, resourceName } from '../../../lib/constants.ts';
import type { WorkItem } from '../../../lib/work/work-item.ts';
import { leaseItem } from '../../../lib/work/work-steps.ts';
import { LOCAL_STAGE } from '../../../local/synth.ts';
import { makeItem } from '../../work/work-fixture.ts';
import type { Check } from './scenario-check.ts';
import { enrolNode, heartbeat, type ScriptedNode } from './scenario-node.ts';
import type { Stage } from './scenario-stage.ts';

const dispatch = FUNCTIONS.dispatchWork;
const SWEEP = `${dispatch}-sweep`;
const NOBODY = 'n-ffffffffffff';

type Run = Extract<Command, { type: 'run' }>;

const newItem = (overrides: Partial<WorkItem> = {}): WorkItem => {
  const now = new Date().toISOString();
  const { templateDigest: _own, ...item } = makeItem({
    workId: `w-${randomBytes(6).toString('hex')}`,
    createdAt: now,
    availableAt: now,
    ...overrides,
  });
  return item;
};

/** A template that one node knows, and no other: checks share a cloud. */
const templateOf = ({ nodeId }: ScriptedNode): string => `play-${nodeId}`;

/** A healthy node. */
const makeWorker = async ({ cloud, operator, until }: Stage): Promise<ScriptedNode> => {
  const node = await enrolNode(cloud);
  const { nodes } = operator.stores;
  const jobTemplates = { [templateOf(node)]: 'own' };
  await node.report({ type: 'heartbeat', heartbeat: { ...heartbeat, jobTemplates } });
  await until(async () => {
    const item = await nodes.get(node.nodeId);
    const health = {
      state: 'healthy' as const,
      since: new Date().toISOString(),
      reasons: ['beating' as const],
    };
    return item?.lifecycle === 'active' && (await nodes.recordHealth(node.nodeId, item.revision, health));
  }, `${node.nodeId} to be active`);
  return node;
};

/** Lets an item wait for any node, and says so. */
const submit = async ({ operator }: Stage, item: WorkItem): Promise<void> => {
  await operator.stores.work.create(item);
  const { workId, jobType, class: workClass, lane, createdAt } = item;
  await operator.stores.publisher.publish([
    {
      name: 'WorkSubmitted',
      eventId: `e-${workId}`,
      occurredAt: createdAt,
      fields: { workId, jobType, class: workClass, lane },
    },
  ]);
};

const takeRun = (stage: Stage, node: ScriptedNode, workId: string): Promise<Run> =>
  stage.until(async () => {
    const command = await node.takeCommand();
    return command?.type === 'run' && command.workId === workId ? command : undefined;
  }, `the command to run ${workId}`);

const statusIs = ({ operator, until }: Stage, workId: string, status: WorkItem['status']): Promise<unknown> =>
  until(async () => (await operator.stores.work.get(workId))?.status === status, `${workId} to be ${status}`);

/** Work that a node holds which is not there: whoever looks gives it back. */
const makeOrphan = async ({ operator }: Stage): Promise<string> => {
  const item = leaseItem(newItem({ template: 'nobodys' }), { token: 't-1', nodeId: NOBODY }, new Date());
  await operator.stores.work.create(item);
  return item.workId;
};

const isReturned = async ({ operator }: Stage, workId: string): Promise<boolean> =>
  (await operator.stores.work.get(workId))?.returns === 1;

const workChecks: readonly Check[] = [
  {
    name: 'work is given to a free node, whose reports end it, and is in the ledger of commands',
    covers: [
      dispatch,
      QUEUES.work,
      `COMMANDS_TABLE of ${dispatch}`,
      `WORK_TABLE of ${FUNCTIONS.recordReports}`,
    ],
    cloud: 'running',
    run: async (stage) => {
      const node = await makeWorker(stage);
      const item = newItem({ template: templateOf(node) });
      await submit(stage, item);
      const { commandId, token, workAttempt: attempt } = await takeRun(stage, node, item.workId);
      if ((await stage.operator.stores.commands.get(commandId)) === undefined)
        throw new Error('the ledger does not have the command');
      const handle = { token, workId: item.workId, attempt };
      await node.report({
        type: 'work',
        work: { ...handle, state: 'started', startedAt: new Date().toISOString() },
      });
      await statusIs(stage, item.workId, 'running');
      const done = {
        durationSeconds: 1,
        logTail: '',
        exitCode: 0,
        evidence: { gamesPlayed: 1 },
        outputs: [],
      };
      await node.report({ type: 'work', work: { ...handle, ...done, state: 'succeeded' } });
      await statusIs(stage, item.workId, 'succeeded');
      node.close();
    },
  },
  {
    name: 'a hold of kind stop keeps work from a node, until it is over',
    covers: [`CONTROL_TABLE of ${dispatch}`],
    cloud: 'still',
    run: async (stage) => {
      const { operator, cloud } = stage;
      const node = await enrolNode(cloud);
      const { nodeId, bootId } = node;
      const { nodes, holds, work } = operator.stores;
      const now = new Date();
      const beat = { ...heartbeat, jobTemplates: { [templateOf(node)]: 'own' } };
      await nodes.recordHeartbeat(nodeId, { bootId, seq: 1, heartbeat: beat, sentAt: now });
      const { revision = -1 } = (await nodes.get(nodeId)) ?? {};
      await nodes.recordHealth(nodeId, revision, {
        state: 'healthy',
        since: now.toISOString(),
        reasons: ['beating'],
      });
      const scope = `node:${nodeId}`;
      const expiresAt = new Date(now.getTime() + 600_000).toISOString();
      const about = { reason: 'a test', setBy: 'a test', setAt: now.toISOString(), expiresAt };
      await holds.put({ holdId: `h-${nodeId}`, kind: 'stop', scope, ...about });
      const item = newItem({ template: templateOf(node) });
      await work.create(item);
      await cloud.tick(resourceName(LOCAL_STAGE, SWEEP));
      if ((await work.get(item.workId))?.status !== 'pending')
        throw new Error('work was given out under a stop');
      await holds.release(`h-${nodeId}`);
      await cloud.tick(resourceName(LOCAL_STAGE, SWEEP));
      if ((await work.get(item.workId))?.lease?.nodeId !== nodeId)
        throw new Error('work was not given out after the stop');
      node.close();
    },
  },
  {
    name: 'the sweep takes work back from a node that is gone, and tells it',
    covers: [`rule ${SWEEP}`, dispatch, `EVENT_BUS_NAME of ${dispatch}`],
    cloud: 'still',
    run: async (stage) => {
      const { operator, cloud, until } = stage;
      const workId = await makeOrphan(stage);
      await cloud.tick(resourceName(LOCAL_STAGE, SWEEP));
      if (!(await isReturned(stage, workId))) throw new Error('nobody took the work back');
      await until(
        async () => (await operator.events('WorkReturned')).some(({ detail }) => detail['workId'] === workId),
        'WorkReturned in the events log',
      );
    },
  },
  {
    name: 'work is looked after by itself within each minute',
    covers: [`schedule ${SWEEP}`],
    cloud: 'scheduled',
    run: async (stage) => {
      const workId = await makeOrphan(stage);
      await stage.untilScheduled(() => isReturned(stage, workId), 'a sweep that nobody started');
    },
  },
];

export { workChecks };
