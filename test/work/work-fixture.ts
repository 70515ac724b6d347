import { createMemoryArtifactStore } from '../../lib/artifacts/memory-artifact-store.ts';
import { createMemoryAuditStore } from '../../lib/audit/memory-audit-store.ts';
import { createMemoryCommandSender } from '../../lib/commands/memory-command-sender.ts';
import { createMemoryCommandStore } from '../../lib/commands/memory-command-store.ts';
import { createMemoryPublisher } from '../../lib/events/memory-publisher.ts';
import { type Heartbeat, heartbeatSchema } from '../../lib/nodes/heartbeat.ts';
import { createMemoryNodeStore } from '../../lib/nodes/memory-node-store.ts';
import type { Node } from '../../lib/nodes/node.ts';
import { renewLeases } from '../../lib/nodes/renew-leases.ts';
import { dispatchWork } from '../../lib/work/dispatch-work.ts';
import type { JobTemplate } from '../../lib/work/job-template.ts';
import { digestTemplate, jobTemplateSchema } from '../../lib/work/job-template.ts';
import { makeWorkItem, type WorkRequest } from '../../lib/work/make-work-item.ts';
import { createMemoryWorkStore } from '../../lib/work/memory-work-store.ts';
import { recordWork } from '../../lib/work/record-work.ts';
import { submitWork } from '../../lib/work/submit-work.ts';
import { sweepWork } from '../../lib/work/sweep-work.ts';
import { type WorkConfig, workConfigSchema } from '../../lib/work/work-config.ts';
import type { WorkItem } from '../../lib/work/work-item.ts';
import type { WorkPorts, WorkSettings } from '../../lib/work/work-ports.ts';
import { type WorkReport, workReportSchema } from '../../lib/work/work-report.ts';
import { makeArtifact } from '../distribution/fixtures.ts';
import { createTestClock, makeHeartbeat, makeNode, START } from '../nodes/fixtures.ts';

const nodeIdOf = (index: number): string => `n-${index.toString(16).padStart(12, '0')}`;
const workIdOf = (index: number): string => `w-${index.toString(16).padStart(12, '0')}`;
const artifactIdOf = (index: number): string => index.toString(16).padStart(64, '0');

const selfplay: JobTemplate = jobTemplateSchema.parse({
  jobType: 'selfplay',
  command: ['/opt/play', '--games={games}'],
  parameters: { games: { type: 'integer', minimum: 1, default: 50 } },
  evidence: { gamesPlayed: { minimum: 1 } },
});
const training: JobTemplate = jobTemplateSchema.parse({
  jobType: 'training',
  command: ['/opt/train'],
  requires: { gpus: 1 },
});

const makeConfig = (overrides: Record<string, unknown> = {}): WorkConfig =>
  workConfigSchema.parse({ templates: { selfplay, training }, ...overrides });

/** An item as it is submitted. */
const makeItem = (overrides: Partial<WorkItem> = {}, request: Partial<WorkRequest> = {}): WorkItem => ({
  ...makeWorkItem(
    makeConfig({ campaigns: { hex8: { mix: [{ template: 'selfplay', share: 1 }] } } }),
    { template: 'selfplay', parameters: {}, ...request },
    { workId: workIdOf(1), createdBy: 'operator', now: START },
  ),
  ...overrides,
});

const templatesOf = (config: WorkConfig): Record<string, string> =>
  Object.fromEntries(
    Object.entries(config.templates).map(([name, template]) => [
      name,
      template.command === undefined ? 'own' : digestTemplate(template),
    ]),
  );

/** A node that takes work: it beats, is healthy, has free slots and knows the templates. */
const makeWorker = (
  index: number,
  {
    heartbeat = {},
    ...overrides
  }: Partial<Omit<Node, 'heartbeat'>> & { heartbeat?: Partial<Heartbeat> } = {},
): Node =>
  makeNode({
    nodeId: nodeIdOf(index),
    instanceId: `i-${index}`,
    lifecycle: 'active',
    heartbeat: makeHeartbeat({
      slots: { total: 1, free: 1 },
      jobTemplates: templatesOf(makeConfig()),
      configDigest: 'c-1',
      ...heartbeat,
    }),
    heartbeatAt: START.toISOString(),
    heartbeatRecordedAt: START.toISOString(),
    health: { state: 'healthy', since: START.toISOString(), reasons: ['beating'] },
    ...overrides,
  });

/** Everything of an installation that work touches, in memory, by the shipped functions. */
const createWorkplace = async (nodes: readonly Node[] = [], settings: Partial<WorkSettings> = {}) => {
  const clock = createTestClock();
  const nodeStore = createMemoryNodeStore();
  for (const node of nodes) await nodeStore.create(node);
  const brakes = { held: new Set<string>(), paused: false, observerSuspect: false };
  const sender = createMemoryCommandSender();
  const publisher = createMemoryPublisher();
  const warnings: string[] = [];
  const ports = {
    work: createMemoryWorkStore(),
    nodes: nodeStore,
    commands: createMemoryCommandStore(),
    sender,
    publisher,
    artifacts: createMemoryArtifactStore(),
    audit: createMemoryAuditStore(),
    leaseBrakes: async () => ({
      isHeld: (scopes: readonly string[]) => scopes.some((scope) => brakes.held.has(scope)),
      paused: brakes.paused,
    }),
    settings: async () => ({
      policies: [],
      fullDiskPercent: 93,
      lateReportSeconds: 60,
      shares: { campaigns: {}, jobTypes: {} },
      nodeConfiguration: () => ({ digest: 'c-1', claim: [], ignore: [] }),
      ...settings,
    }),
    observerSuspect: async () => brakes.observerSuspect,
    clock,
    wait: async () => undefined,
    warn: (message: string) => warnings.push(message),
    actor: 'test',
  } satisfies WorkPorts & Record<string, unknown>;
  let seq = 0;
  const itemOf = async (workId: string): Promise<WorkItem> => {
    const item = await ports.work.get(workId);
    if (item === undefined) throw new Error(`no work ${workId}`);
    return item;
  };
  const nodeOf = async (nodeId: string): Promise<Node> => {
    const node = await nodeStore.get(nodeId);
    if (node === undefined) throw new Error(`no node ${nodeId}`);
    return node;
  };
  return {
    ports,
    clock,
    brakes,
    warnings,
    sent: sender.sent,
    /** Names of events, in order. */
    told: () => publisher.published.map(({ name }) => name),
    published: publisher.published,
    itemOf,
    nodeOf,
    submit: (...items: WorkItem[]) => submitWork(ports, items),
    dispatch: () => dispatchWork(ports),
    sweep: () => sweepWork(ports),
    /** A node says something of the work that it was told to run last. */
    report: async (
      workId: string,
      state: WorkReport['state'],
      changes: Partial<Extract<WorkReport, { state: 'succeeded' }>> & Record<string, unknown> = {},
    ) => {
      const run = sender.sent.findLast((command) => command.type === 'run' && command.workId === workId);
      if (run?.type !== 'run') throw new Error(`${workId} was given to nobody`);
      const handle = { token: run.token, workId, attempt: run.workAttempt };
      const ended = { durationSeconds: 1, logTail: 'the log' };
      const reports: Record<WorkReport['state'], WorkReport> = {
        started: { ...handle, state: 'started', startedAt: clock.now().toISOString() },
        succeeded: {
          ...handle,
          ...ended,
          state: 'succeeded',
          exitCode: 0,
          evidence: { gamesPlayed: 50 },
          outputs: [],
        },
        failed: { ...handle, ...ended, state: 'failed', failureClass: 'transient', message: 'exit code 1' },
        released: { ...handle, state: 'released', reason: 'draining', message: '' },
      };
      return recordWork(
        ports,
        run.nodeId,
        workReportSchema.parse({ ...reports[state], ...changes }),
        clock.now(),
      );
    },
    /** The same under a handle of one's own: of somebody who comes late. */
    reportAs: (nodeId: string, report: object) =>
      recordWork(
        ports,
        nodeId,
        workReportSchema.parse({
          durationSeconds: 1,
          logTail: '',
          exitCode: 0,
          evidence: { gamesPlayed: 1 },
          outputs: [],
          ...report,
        }),
        clock.now(),
      ),
    /** A heartbeat of a node that runs what its leases say, or `running`. */
    beat: async (nodeId: string, running?: readonly string[]): Promise<void> => {
      const node = await nodeOf(nodeId);
      seq += 1;
      const work = Object.entries(node.leases)
        .filter(([token]) => running === undefined || running.includes(token))
        .map(([token, { workId, attempt }]) => ({
          token,
          workId,
          attempt,
          startedAt: START.toISOString(),
        }));
      const heartbeat = heartbeatSchema.parse({ ...node.heartbeat, work });
      await nodeStore.recordHeartbeat(nodeId, {
        bootId: node.bootId,
        seq,
        heartbeat,
        sentAt: clock.now(),
        marks: { heartbeatRecordedAt: clock.now().toISOString() },
      });
      await renewLeases(nodeStore, await nodeOf(nodeId), heartbeat, clock.now());
    },
    registerOutput: (artifactId: string) =>
      ports.artifacts.register(makeArtifact({ artifactId, kind: 'games' })),
  };
};

export {
  artifactIdOf,
  createWorkplace,
  makeConfig,
  makeItem,
  makeWorker,
  nodeIdOf,
  selfplay,
  templatesOf,
  training,
  workIdOf,
};
