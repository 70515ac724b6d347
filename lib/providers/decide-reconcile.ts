import { FRESH_HEARTBEAT_SECONDS } from '../constants.ts';
import type { Binding, Node } from '../nodes/node.ts';
import { secondsSince, toTimestamp } from '../time.ts';
import { decideBinding } from './decide-binding.ts';
import { decideListed, decideMissing, hasEnded, type InstanceStep } from './decide-instance.ts';
import { decideListing, type ListingDecision } from './decide-listing.ts';
import type { Instance } from './instance.ts';
import type { InstanceRecord } from './instance-record.ts';
import type { ProviderState } from './provider-state.ts';
import type { ReconcilePolicy } from './reconcile-policy.ts';

/** All that is known before a complete listing is looked at. */
interface ReconcileSnapshot {
  readonly state: ProviderState | undefined;
  readonly records: readonly InstanceRecord[];
  /** Every living node of the provider. */
  readonly nodes: readonly Node[];
  /** Ended nodes whose instance has no living node. */
  readonly endedNodes: ReadonlyMap<string, Node>;
}

interface ReconcileDecision {
  readonly listing: ListingDecision;
  readonly listingNumber: number;
  readonly steps: readonly InstanceStep[];
  readonly bindings: readonly { readonly node: Node; readonly binding: Binding }[];
  /** Lost nodes that speak again and are listed again. */
  readonly revivals: readonly Node[];
  /** Living nodes whose instance no listing ever had, and that are silent. */
  readonly strays: readonly Node[];
}

/** One living node per instance; of two that claim it, the one that enrolled last. */
const byInstance = (nodes: readonly Node[]): Map<string, Node> => {
  const found = new Map<string, Node>();
  for (const node of nodes) {
    const other = found.get(node.instanceId);
    if (other === undefined || other.enrolledAt < node.enrolledAt) found.set(node.instanceId, node);
  }
  return found;
};

const maySpeakAgain = (node: Node | undefined, now: Date): node is Node =>
  node?.lifecycle === 'lost' &&
  node.revokedAt === undefined &&
  node.queueDeletedAt === undefined &&
  node.endedAt !== undefined &&
  node.heartbeatAt !== undefined &&
  node.heartbeatAt > node.endedAt &&
  secondsSince(node.heartbeatAt, now) <= FRESH_HEARTBEAT_SECONDS;

/**
 * Instances against nodes, both ways, after one complete listing (design.md section 3, invariants 3 and 5). What is present counts at
 * once; what is missing counts only in a believed listing, and ends a node only with the second one in a row. Pure.
 * @param now when the listing began
 */
const decideReconcile = (
  { state, records, nodes, endedNodes }: ReconcileSnapshot,
  listing: readonly Instance[],
  policy: ReconcilePolicy,
  now: Date,
): ReconcileDecision => {
  const listed = new Map(listing.map((instance) => [instance.instanceId, instance]));
  const decision = decideListing(records, new Set(listed.keys()), state, policy, now);
  // A look too soon after the last one is no further one.
  const listingNumber = (state?.listingNumber ?? 0) + (decision.reason === 'too-soon-after-the-last' ? 0 : 1);
  const isBelieved = decision.action === 'believe';
  const known = new Map(records.map((record) => [record.instance.instanceId, record]));
  const living = byInstance(nodes);
  const steps: InstanceStep[] = [];
  const revivals: Node[] = [];
  for (const instance of listed.values()) {
    if (hasEnded(instance)) continue;
    const record = known.get(instance.instanceId);
    const node = living.get(instance.instanceId);
    const step = decideListed(record, instance, node, state?.completeAt, policy, now);
    if (step !== undefined) steps.push(step);
    const ended = record?.nodeId === undefined ? undefined : endedNodes.get(record.nodeId);
    if (node === undefined && maySpeakAgain(ended, now)) revivals.push(ended);
  }
  const isPresent = (instanceId: string): boolean => {
    const instance = listed.get(instanceId);
    return instance !== undefined && !hasEnded(instance);
  };
  if (isBelieved) {
    for (const record of records) {
      const { instanceId } = record.instance;
      if (isPresent(instanceId)) continue;
      const step = decideMissing(
        record,
        listed.get(instanceId),
        living.get(instanceId)?.nodeId,
        listingNumber,
        policy,
        now,
      );
      if (step !== undefined) steps.push(step);
    }
  }
  const bindings: { node: Node; binding: Binding }[] = [];
  const strays: Node[] = [];
  for (const node of nodes) {
    const present = isPresent(node.instanceId) ? listed.get(node.instanceId) : undefined;
    // One that enrolled after the listing began may well be missing in it.
    if (present === undefined && (!isBelieved || node.enrolledAt >= toTimestamp(now))) continue;
    const binding = decideBinding(node, present, now);
    if (binding !== undefined) bindings.push({ node, binding });
    const record = known.get(node.instanceId);
    const neverThere = present === undefined && (record === undefined || record.goneAt !== undefined);
    // Its first such listing wrote the binding; this is a second one.
    const wasMissing = binding === undefined && node.binding?.state === 'not-listed';
    const isSilent = secondsSince(node.heartbeatAt ?? node.enrolledAt, now) > policy.bootGraceSeconds;
    if (neverThere && wasMissing && isSilent) strays.push(node);
  }
  return { listing: decision, listingNumber, steps, bindings, revivals, strays };
};

export type { ReconcileDecision, ReconcileSnapshot };
export { decideReconcile };
