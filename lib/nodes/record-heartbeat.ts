import type { AuditStore } from '../audit/audit-row.ts';
import { FUNCTIONS } from '../constants.ts';
import { distributionPolicySchema } from '../distribution/policy.ts';
import type { Publisher } from '../events/publisher.ts';
import { advanceIdleClock, type IdleCriteria } from '../idle/idle-signals.ts';
import { derivedId } from '../ids.ts';
import { type Clock, secondsSince, toTimestamp } from '../time.ts';
import type { Heartbeat } from './heartbeat.ts';
import type { IdleClock } from './idle-clock.ts';
import type { Node } from './node.ts';
import type { NodeStore } from './node-store.ts';
import { renewLeases } from './renew-leases.ts';
import type { Report } from './report.ts';

interface HeartbeatPorts {
  readonly nodes: Pick<NodeStore, 'get' | 'recordHeartbeat' | 'noteActivity' | 'renewLease'>;
  readonly audit: AuditStore;
  readonly publisher: Publisher;
  /** The limits of this node's idle clock. */
  idleCriteria(node: Node): Promise<IdleCriteria>;
  readonly warn: (message: string, error: unknown) => void;
  readonly clock: Clock;
}

/** Nodes that were silent for longer were left out of what was distributed meanwhile. */
const SILENT_SECONDS = distributionPolicySchema.parse({}).heartbeatMaxAgeSeconds;

/** Since when an active node was silent, if so long that it missed distributions; undefined when it was not. */
const silentSince = ({ lifecycle, heartbeatAt }: Node, sentAt: Date): string | undefined =>
  lifecycle === 'active' && heartbeatAt !== undefined && secondsSince(heartbeatAt, sentAt) > SILENT_SECONDS
    ? heartbeatAt
    : undefined;

/** Liveness must not wait for a configuration that cannot be read: until it can, every heartbeat counts as one of use. */
const clockAfter = async (
  { idleCriteria, warn }: HeartbeatPorts,
  before: Node,
  heartbeat: Heartbeat,
  sentAt: Date,
): Promise<IdleClock> => {
  try {
    return advanceIdleClock(before, heartbeat, await idleCriteria(before), sentAt);
  } catch (error) {
    warn('the configuration could not be read, so the idle clock starts anew', error);
    const at = toTimestamp(sentAt);
    return {
      criteria: 'unreadable',
      samples: 0,
      lastSampleAt: at,
      busyAt: at,
      busySignals: ['gap'],
      activityAt: at,
    };
  }
};

/** The node's first heartbeat made it active: said once (the ids are the node's), again when a crash swallowed it. */
const announceActivation = async (
  { audit, publisher }: HeartbeatPorts,
  nodeId: string,
  activatedAt: string,
): Promise<void> => {
  await audit.record({
    auditId: `activate-${nodeId}`,
    subject: `node:${nodeId}`,
    at: activatedAt,
    actor: FUNCTIONS.recordReports,
    action: 'activate-node',
    reason: 'first heartbeat',
    before: { lifecycle: 'pending' },
    after: { lifecycle: 'active' },
    evidence: {},
  });
  await publisher.publish([
    {
      name: 'NodeActivated',
      eventId: derivedId('e', 'NodeActivated', nodeId),
      occurredAt: activatedAt,
      fields: { nodeId },
    },
  ]);
};

/** Said once for each return: the id is that of the heartbeat that ended the silence. */
const announceReturn = async (
  { publisher }: HeartbeatPorts,
  nodeId: string,
  { returnedAt, silentSince: since }: NonNullable<Node['returned']>,
): Promise<void> => {
  await publisher.publish([
    {
      name: 'NodeReturned',
      eventId: derivedId('e', 'NodeReturned', nodeId, returnedAt),
      occurredAt: returnedAt,
      fields: { nodeId, silentSince: since },
    },
  ]);
};

/**
 * Takes a heartbeat of `before`, the node as it was read for this report. The write itself remembers that it activated the node
 * or ended a silence: a crash before the event is mended by the report's redelivery, which has the same SentTimestamp.
 */
const recordHeartbeat = async (
  ports: HeartbeatPorts,
  before: Node,
  { nodeId, bootId, seq, heartbeat }: Extract<Report, { type: 'heartbeat' }>,
  sentAt: Date,
): Promise<void> => {
  const since = silentSince(before, sentAt);
  const returned =
    since === undefined ? {} : { returned: { returnedAt: toTimestamp(sentAt), silentSince: since } };
  const idleClock = await clockAfter(ports, before, heartbeat, sentAt);
  const marks = { ...returned, heartbeatRecordedAt: toTimestamp(ports.clock.now()), idleClock };
  const outcome = await ports.nodes.recordHeartbeat(nodeId, { bootId, seq, heartbeat, sentAt, marks });
  // A newer one overtook it, which does not undo that somebody used the node then.
  if (outcome.kind === 'stale' && idleClock.activityAt === toTimestamp(sentAt))
    await ports.nodes.noteActivity(nodeId, sentAt);
  if (outcome.kind === 'recorded') await renewLeases(ports.nodes, outcome.node, heartbeat, sentAt);
  const node = outcome.kind === 'recorded' ? outcome.node : await ports.nodes.get(nodeId);
  if (node?.activatedAt === toTimestamp(sentAt)) {
    await announceActivation(ports, nodeId, node.activatedAt);
  }
  if (node?.returned?.returnedAt === toTimestamp(sentAt)) {
    await announceReturn(ports, nodeId, node.returned);
  }
};

export type { HeartbeatPorts };
export { recordHeartbeat };
