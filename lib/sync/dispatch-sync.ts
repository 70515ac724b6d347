import type { Artifact } from '../artifacts/artifact.ts';
import { throwCollected } from '../collected-errors.ts';
import { pumpDeliveries } from '../distribution/pump-deliveries.ts';
import { startDistribution } from '../distribution/start-distribution.ts';
import { PermanentError } from '../errors.ts';
import type { EventFields } from '../events/catalogue.ts';
import { derivedId } from '../ids.ts';
import type { Node } from '../nodes/node.ts';
import { runLimited } from '../run-limited.ts';
import { toTimestamp } from '../time.ts';
import type { ConsumedSyncEvent } from './consumed-event.ts';
import { countEgress, egressToday } from './count-egress.ts';
import { decideSync, type SyncDecision, type SyncTrigger } from './decide-sync.ts';
import { findArtifacts } from './find-artifacts.ts';
import { flushNode } from './flush-node.ts';
import { resolveSyncPolicy, strategyOf } from './sync-policy.ts';
import type { SyncPorts, SyncSettings } from './sync-ports.ts';
import type { SyncQuery } from './sync-request.ts';

const CONSUMER = 'dispatch-sync';
const PARALLEL = 8;

type Decided = readonly { readonly node: Node; readonly decision: SyncDecision }[];
type HeldReason = EventFields<'SyncHeld'>['reason'];

/**
 * Nodes that it can be about. Most events come from one node and are about that one: the fleet is not read for each.
 * @throws PermanentError when data came from a node that never was
 */
const concernedBy = async (
  { nodes }: Pick<SyncPorts, 'nodes'>,
  trigger: SyncTrigger,
): Promise<readonly Node[]> => {
  if (!('nodeId' in trigger))
    return await nodes.listByLifecycle(['pending', 'active', 'draining', 'terminating']);
  const node = await nodes.get(trigger.nodeId);
  if (node !== undefined) return [node];
  if (trigger.type === 'data-produced')
    throw new PermanentError(`DataProduced names node ${trigger.nodeId}, which never enrolled`);
  return [];
};

/** What every node that it can be about has to do; the index only finds them, each is read by itself. */
const decideFleet = async (
  ports: SyncPorts,
  trigger: SyncTrigger,
  { config }: SyncSettings,
): Promise<Decided> => {
  const nodes = await concernedBy(ports, trigger);
  const fleet = { egressBytes: await egressToday(ports) };
  const { dailyEgressBytes } = resolveSyncPolicy(config);
  const now = ports.clock.now();
  return nodes.map((node) => ({
    node,
    decision: decideSync(trigger, node, fleet, { strategy: strategyOf(config, node), dailyEgressBytes }, now),
  }));
};

const audit = async (ports: SyncPorts, event: ConsumedSyncEvent, decided: Decided): Promise<void> => {
  const counts: Record<string, number> = {};
  for (const { decision } of decided) counts[decision.reason] = (counts[decision.reason] ?? 0) + 1;
  await ports.audit.record({
    auditId: derivedId('a', 'sync', event.eventId),
    subject: `event:${event.eventId}`,
    at: toTimestamp(ports.clock.now()),
    actor: ports.actor,
    action: 'sync-data',
    reason: event.name,
    evidence: { ...event.fields, decisions: counts },
  });
};

const tellHeld = async (
  ports: SyncPorts,
  { eventId }: ConsumedSyncEvent,
  reason: HeldReason,
  detail: string,
): Promise<void> => {
  await ports.publisher.publish([
    {
      name: 'SyncHeld',
      eventId: derivedId('e', 'sync-held', eventId, reason),
      occurredAt: toTimestamp(ports.clock.now()),
      fields: { reason, detail, requestedBy: eventId },
    },
  ]);
};

const flushDecided = async (ports: SyncPorts, event: ConsumedSyncEvent, decided: Decided): Promise<void> => {
  const flushing = decided.filter(({ decision }) => decision.action === 'flush');
  const errors = await runLimited(flushing, PARALLEL, async ({ node }) => {
    await flushNode(ports, node.nodeId, event.eventId);
  });
  throwCollected(errors, `not every node could be told to flush for ${event.eventId}`);
};

/** One distribution for each artifact: its ledger retries, its sweep ends it, and its outcome is the sync's. */
const sendArtifact = async (
  ports: SyncPorts,
  { eventId }: ConsumedSyncEvent,
  artifact: Artifact,
  to: {
    readonly nodeIds: readonly string[];
    readonly named: boolean;
    readonly deadlineSeconds?: number | undefined;
  },
  { config, distribution: policy }: SyncSettings,
): Promise<void> => {
  const { nodeIds, named, deadlineSeconds } = to;
  const distributionId = derivedId('d', eventId, artifact.artifactId);
  const started = await startDistribution(
    ports,
    artifact,
    { distributionId, eventId, trigger: { type: 'sync', nodeIds, named }, deadlineSeconds },
    policy,
  );
  const held = started.skippedCounts['holds-verified'] ?? 0;
  const bytes = artifact.bytes * Math.max(0, started.targetNodeIds.length - held);
  await countEgress(ports, distributionId, bytes, resolveSyncPolicy(config).dailyEgressBytes);
};

const send = async (
  ports: SyncPorts,
  event: ConsumedSyncEvent,
  decided: Decided,
  query: SyncQuery,
  settings: SyncSettings,
): Promise<void> => {
  const receivers = decided.filter(({ decision }) => decision.action === 'receive');
  const held = decided.filter(({ decision }) => decision.action === 'hold');
  if (held.length > 0)
    await tellHeld(
      ports,
      event,
      'egress-budget',
      `the day's egress budget is used up: ${held.length} nodes wait for a sync that is critical, or for tomorrow`,
    );
  if (receivers.length === 0) return;
  const artifacts = await findArtifacts(ports.artifacts, query);
  if (artifacts.length === 0)
    return tellHeld(
      ports,
      event,
      'nothing-matches',
      `no artifact in the store matches ${JSON.stringify(query)}`,
    );
  const to = {
    nodeIds: receivers.map(({ node }) => node.nodeId),
    named: receivers.some(({ decision }) => decision.reason !== 'every-node'),
    deadlineSeconds: event.name === 'SyncRequested' ? event.fields.timeoutSeconds : undefined,
  };
  for (const artifact of artifacts) await sendArtifact(ports, event, artifact, to, settings);
};

const handle = async (ports: SyncPorts, event: ConsumedSyncEvent, settings: SyncSettings): Promise<void> => {
  const act = async (trigger: SyncTrigger, query?: SyncQuery): Promise<void> => {
    const decided = await decideFleet(ports, trigger, settings);
    await flushDecided(ports, event, decided);
    if (query !== undefined) await send(ports, event, decided, query, settings);
    await audit(ports, event, decided);
  };
  switch (event.name) {
    case 'DataProduced': {
      const { nodeId, urgent = false } = event.fields;
      return act({ type: 'data-produced', nodeId, urgent });
    }
    case 'DataStale':
      return act({ type: 'data-stale' });
    case 'TrainingStarted': {
      const { nodeId, name, kind = 'npz', newest = resolveSyncPolicy(settings.config).newest } = event.fields;
      return act({ type: 'training-started', nodeId }, { name, kind, newest });
    }
    case 'SyncRequested': {
      const { targets, exclude = [], priority, query } = event.fields;
      return act({ type: 'requested', targets, exclude, isCritical: priority === 'critical' }, query);
    }
  }
};

/**
 * One event's effect on where data is, then the pump. Repeats are harmless: every id is derived from the event, and the marker is
 * written last. Whether the pipeline is paused, or how busy the nodes are, is not looked at (sync L6).
 * @throws PermanentError when the event names a node that never was
 */
const dispatchSync = async (
  ports: SyncPorts,
  event: ConsumedSyncEvent,
  settings: SyncSettings,
): Promise<void> => {
  if (await ports.seen.wasSeen(CONSUMER, event.eventId)) return;
  await handle(ports, event, settings);
  await pumpDeliveries(ports, settings.distribution);
  await ports.seen.markSeen(CONSUMER, event.eventId);
};

export { dispatchSync };
