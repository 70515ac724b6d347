import type { Node } from '../nodes/node.ts';
import { addSeconds, secondsSince, toTimestamp } from '../time.ts';
import { START_GRACE_SECONDS } from './lease-times.ts';
import type { WorkItem } from './work-item.ts';

interface LeaseSurroundings {
  /** Reports wait long in their queue: that a node is silent says nothing of it. */
  readonly reportsLate: boolean;
  /** No report came lately: then silence counts only where `score-health`, which looks into the queue, calls the node unreachable. */
  readonly nobodyHeard: boolean;
  /** The brake on mass failure is on. */
  readonly observerSuspect: boolean;
}

type LeaseReason =
  | 'held'
  | 'runs'
  | 'start-not-reported'
  | 'not-started-yet'
  | 'not-started'
  | 'node-gone'
  | 'lease-missing'
  | 'lease-ran-out'
  | 'cancel-requested'
  | 'reports-late'
  | 'observer-suspect';

interface LeaseDecision {
  /**
   * `start`: the node runs it, only the report is missing. `resend`: the command may be lost. `cancel`: the node is told once more.
   * `return`: it waits again. `expire`: so, once the node's lease is ended.
   */
  readonly action: 'keep' | 'start' | 'resend' | 'cancel' | 'return' | 'expire';
  readonly reason: LeaseReason;
  readonly evidence: { readonly nodeId?: string; readonly leaseUntil?: string };
}

/** A command that was sent so long ago, and not answered by a start, may be lost. */
const RESEND_AFTER_SECONDS = 20;

/** The node holds nothing any more, whatever its item says. */
const isGone = (node: Node | undefined): boolean =>
  node === undefined ||
  node.revokedAt !== undefined ||
  node.lifecycle === 'terminated' ||
  node.lifecycle === 'lost';

/** Whether the silence of the node may be that of everything between it and us. */
const isSilenceDoubtful = (
  { health }: Pick<Node, 'health'>,
  { reportsLate, nobodyHeard }: LeaseSurroundings,
): boolean => reportsLate || (nobodyHeard && health?.state !== 'unreachable');

const decideUnstarted = (
  { grantedAt, startBy }: NonNullable<WorkItem['lease']>,
  isDoubtful: boolean,
  now: Date,
): Pick<LeaseDecision, 'action' | 'reason'> => {
  if (toTimestamp(now) < startBy) {
    const isOld = secondsSince(grantedAt, now) >= RESEND_AFTER_SECONDS;
    return { action: isOld ? 'resend' : 'keep', reason: 'not-started-yet' };
  }
  if (toTimestamp(addSeconds(now, -START_GRACE_SECONDS)) < startBy)
    return { action: 'keep', reason: 'not-started-yet' };
  return isDoubtful
    ? { action: 'keep', reason: 'reports-late' }
    : { action: 'return', reason: 'not-started' };
};

/**
 * What becomes of an item that a node holds. Silence takes work from a node only where it is the node's own, and no sooner than its
 * lease runs out: a node under load may be late (health-and-idle.md 12.9). Pure.
 * @param node as it is now; undefined: there is none
 */
const decideLease = (
  item: WorkItem,
  node: Node | undefined,
  surroundings: LeaseSurroundings,
  now: Date,
): LeaseDecision => {
  const { lease } = item;
  if (lease === undefined) return { action: 'keep', reason: 'held', evidence: {} };
  const { token, nodeId, startedAt } = lease;
  const held = node?.leases[token];
  const evidence = { nodeId, ...(held === undefined ? {} : { leaseUntil: held.leaseUntil }) };
  if (node === undefined || isGone(node)) return { action: 'return', reason: 'node-gone', evidence };
  if (held === undefined) return { action: 'return', reason: 'lease-missing', evidence };
  if (startedAt === undefined) {
    const runs = node.heartbeat?.work?.some((work) => work.token === token) === true;
    if (runs) return { action: 'start', reason: 'start-not-reported', evidence };
    const step = decideUnstarted(lease, isSilenceDoubtful(node, surroundings), now);
    if (step.action === 'resend' && item.cancelRequestedBy !== undefined)
      return { action: 'cancel', reason: 'cancel-requested', evidence };
    return { ...step, evidence };
  }
  if (held.leaseUntil < toTimestamp(now)) {
    if (surroundings.observerSuspect) return { action: 'keep', reason: 'observer-suspect', evidence };
    if (isSilenceDoubtful(node, surroundings)) return { action: 'keep', reason: 'reports-late', evidence };
    return { action: 'expire', reason: 'lease-ran-out', evidence };
  }
  return item.cancelRequestedBy === undefined
    ? { action: 'keep', reason: 'runs', evidence }
    : { action: 'cancel', reason: 'cancel-requested', evidence };
};

export type { LeaseDecision, LeaseReason, LeaseSurroundings };
export { decideLease };
