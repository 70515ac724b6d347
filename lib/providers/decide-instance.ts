import type { Node } from '../nodes/node.ts';
import { secondsSince, toTimestamp } from '../time.ts';
import type { Instance } from './instance.ts';
import type { InstanceRecord, NextRecord } from './instance-record.ts';
import { type Charge, isSameCharge, openMeter, type Segment, turnMeter } from './meter.ts';
import type { ReconcilePolicy } from './reconcile-policy.ts';

type InstanceReason = 'listed' | 'missing' | 'gone' | 'preempted' | 'ended-by-provider' | 'unmanaged';

/** What one instance's record becomes, and what follows from it. The record is written last, so that a crash repeats the rest. */
interface InstanceStep {
  readonly action: 'write';
  readonly reason: InstanceReason;
  readonly record: NextRecord;
  /** Undefined: there is no record yet. */
  readonly expectedRevision: number | undefined;
  readonly segment?: Segment;
  /** The node that ends with the instance. */
  readonly endNodeId?: string;
  /** `NodeUnmanaged` is to be sent. */
  readonly announceUnmanaged?: boolean;
}

/** The provider itself says that it is over. */
const hasEnded = ({ status }: Pick<Instance, 'status'>): boolean =>
  status === 'terminated' || status === 'preempted';

/** An agent could be running there: a stopped or ending instance has none, and is no surprise. */
const couldRunAgent = ({ status }: Pick<Instance, 'status'>): boolean =>
  status === 'booting' || status === 'running' || status === 'unhealthy' || status === 'unknown';

const chargeOf = (instance: Instance, node: Pick<Node, 'nodeId' | 'role'> | undefined): Charge => ({
  ...(instance.chargeMicroUsdPerHour === undefined
    ? {}
    : { microUsdPerHour: instance.chargeMicroUsdPerHour }),
  ...(node === undefined ? {} : { nodeId: node.nodeId, role: node.role }),
});

/** When a new instance began to cost: its creation when that lies after our last look, else now. */
const firstCharged = (instance: Instance, lastLookAt: string | undefined, nowText: string): string => {
  const { createdAt } = instance;
  return createdAt !== undefined && lastLookAt !== undefined && createdAt > lastLookAt && createdAt < nowText
    ? createdAt
    : nowText;
};

const stored = ({ gpuUtilizationPercent: _changing, ...instance }: Instance): InstanceRecord['instance'] =>
  instance;

/** Whether both have the same fields with the same values; a field that is undefined is none. */
const isSame = (one: Readonly<Record<string, unknown>>, other: Readonly<Record<string, unknown>>): boolean =>
  Object.keys({ ...one, ...other }).every(
    (field) => one[field] === other[field] || JSON.stringify(one[field]) === JSON.stringify(other[field]),
  );

/** The record of an instance that the listing has. Undefined when nothing changed: no write. */
const decideListed = (
  record: InstanceRecord | undefined,
  instance: Instance,
  node: Pick<Node, 'nodeId' | 'role'> | undefined,
  lastLookAt: string | undefined,
  policy: ReconcilePolicy,
  now: Date,
): InstanceStep | undefined => {
  const nowText = toTimestamp(now);
  const charge = chargeOf(instance, node);
  const owner = { provider: instance.provider, instanceId: instance.instanceId };
  // One that was gone and is back starts a new meter: in between nobody knows.
  const isBack = record?.goneAt !== undefined;
  const turned =
    record === undefined
      ? { meter: openMeter(charge, firstCharged(instance, lastLookAt, nowText)), segment: undefined }
      : isBack || !isSameCharge(record.meter.charge, charge)
        ? turnMeter(record.meter, owner, charge, nowText)
        : { meter: record.meter, segment: undefined };
  const nodeId = node?.nodeId ?? record?.nodeId;
  const isWithoutNode = node === undefined;
  const withoutNodeSince = isWithoutNode
    ? ((isBack ? undefined : record?.withoutNodeSince) ?? nowText)
    : undefined;
  const unmanagedAt = isWithoutNode && !isBack ? record?.unmanagedAt : undefined;
  const announceUnmanaged =
    withoutNodeSince !== undefined &&
    unmanagedAt === undefined &&
    couldRunAgent(instance) &&
    instance.bills !== false &&
    secondsSince(withoutNodeSince, now) >= policy.bootGraceSeconds;
  const next: NextRecord = {
    instance: stored(instance),
    firstSeenAt: record?.firstSeenAt ?? nowText,
    misses: 0,
    ...(nodeId === undefined ? {} : { nodeId }),
    ...(withoutNodeSince === undefined ? {} : { withoutNodeSince }),
    ...(announceUnmanaged ? { unmanagedAt: nowText } : unmanagedAt === undefined ? {} : { unmanagedAt }),
    meter: turned.meter,
  };
  if (record !== undefined) {
    const { revision: _revision, instance: known, ...rest } = record;
    const { instance: _instance, ...nextRest } = next;
    if (isSame(known, next.instance) && isSame(rest, nextRest)) return undefined;
  }
  return {
    action: 'write',
    reason: announceUnmanaged ? 'unmanaged' : 'listed',
    record: next,
    expectedRevision: record?.revision,
    ...(turned.segment === undefined ? {} : { segment: turned.segment }),
    ...(announceUnmanaged ? { announceUnmanaged } : {}),
  };
};

/**
 * The record of an instance that a believed listing lacks, or says is over. It is gone only with enough such listings in a row.
 * @param listed the instance, when the provider lists it as over
 * @param nodeId the living node that it was
 * @param listingNumber this listing's own
 */
const decideMissing = (
  record: InstanceRecord,
  listed: Instance | undefined,
  nodeId: string | undefined,
  listingNumber: number,
  policy: ReconcilePolicy,
  now: Date,
): InstanceStep | undefined => {
  if (record.goneAt !== undefined) return undefined;
  const nowText = toTimestamp(now);
  const { revision, ...known } = record;
  // A gap: the listing in between may have had it, and its function died before it said so.
  const isInARow = record.misses > 0 && record.missedListing === listingNumber - 1;
  const misses = isInARow ? record.misses + 1 : 1;
  const missedAt = (isInARow ? record.missedAt : undefined) ?? nowText;
  const instance = listed === undefined ? record.instance : stored(listed);
  const next: NextRecord = { ...known, instance, misses, missedAt, missedListing: listingNumber };
  if (misses < policy.missesToBeGone)
    return { action: 'write', reason: 'missing', record: next, expectedRevision: revision };
  const { meter, segment } = turnMeter(
    record.meter,
    { provider: instance.provider, instanceId: instance.instanceId },
    { microUsdPerHour: 0 },
    missedAt,
  );
  const endNodeId = nodeId ?? record.nodeId;
  const endedReason = instance.status === 'preempted' ? 'preempted' : 'ended-by-provider';
  return {
    action: 'write',
    reason: hasEnded(instance) ? endedReason : 'gone',
    record: { ...next, goneAt: nowText, meter },
    expectedRevision: revision,
    ...(segment === undefined ? {} : { segment }),
    ...(endNodeId === undefined ? {} : { endNodeId }),
  };
};

export type { InstanceReason, InstanceStep };
export { couldRunAgent, decideListed, decideMissing, hasEnded };
