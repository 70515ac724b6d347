import { addSeconds, secondsSince, toTimestamp } from '../time.ts';
import { checkIdleness, checkUnclaimed } from './check-idleness.ts';
import { checkSafety } from './check-safety.ts';
import type { IdlePolicy } from './idle-policy.ts';
import { check, type IdleCheck, KEEP_REASONS, type KeepReason } from './idle-reason.ts';
import { type FleetView, groupOf, type IdleSubject } from './idle-snapshot.ts';
import { lastAct, pruned } from './ledger.ts';

type IdleDecision =
  | { readonly action: 'drain'; readonly reason: 'idle'; readonly evidence: IdleEvidence }
  | { readonly action: 'keep'; readonly reason: KeepReason; readonly evidence: IdleEvidence };

interface IdleEvidence {
  /** Every predicate that was asked, in the order of `KEEP_REASONS`. */
  readonly checks: readonly IdleCheck[];
  /** All that block; the first is the reason. */
  readonly blockers: readonly KeepReason[];
}

/** What the provider charges; a price that stands only in the offer counts when the charge is not told. */
const priceOf = ({ record }: Pick<IdleSubject, 'record'>): number | undefined =>
  record?.instance.chargeMicroUsdPerHour ?? record?.instance.priceMicroUsdPerHour;

const checkMoney = (subject: IdleSubject, policy: IdlePolicy): IdleCheck[] => {
  const price = priceOf(subject);
  const { minimumSavingMicroUsdPerHour } = policy;
  return [
    check('price-unknown', price !== undefined, price),
    check(
      'saving-too-small',
      // Not known is a reason of its own: it does not say that the node is cheap.
      price === undefined || price >= minimumSavingMicroUsdPerHour,
      price,
      minimumSavingMicroUsdPerHour,
    ),
  ];
};

const checkWork = ({ pendingWork }: IdleSubject, { pendingWorkLimit }: IdlePolicy): IdleCheck[] => {
  if (pendingWork === 'not-read') return [check('work-not-read', false)];
  return pendingWork === 'unknown'
    ? [check('work-unreadable', false)]
    : [
        check('work-unreadable', true, pendingWork),
        check('work-pending', pendingWork <= pendingWorkLimit, pendingWork, pendingWorkLimit),
      ];
};

/** At most this many terminations of the provider in 24 hours. */
const dailyCap = (size: number, policy: IdlePolicy): number =>
  Math.max(policy.dailyTerminationMinimum, Math.floor((size * policy.dailyTerminationPercent) / 100));

/**
 * What the fleet allows: retention after this one and every pending drain, the gap between two, the day's cap.
 * @param ownSlot the slot that this node's own drain holds already
 */
const checkFleet = (
  subject: IdleSubject,
  fleet: FleetView,
  policy: IdlePolicy,
  now: Date,
  ownSlot?: string,
): IdleCheck[] => {
  const ledger = pruned(fleet.ledger, now);
  const others = Object.keys(ledger.pending).filter((id) => id !== ownSlot).length;
  const kept = fleet.kept.get(groupOf(subject)) ?? 0;
  // A node that drains is none of those that stay any more.
  const keptAfter = ownSlot === undefined ? kept - 1 : kept;
  const last = lastAct(ledger, ownSlot);
  const gapSeconds = last === undefined ? undefined : secondsSince(last, now);
  const cap = dailyCap(fleet.size, policy);
  const ends =
    ledger.terminations.filter(({ terminationId }) => terminationId !== ownSlot).length + others + 1;
  return [
    check('retention', keptAfter >= policy.retain, keptAfter, policy.retain),
    check(
      'termination-gap',
      gapSeconds === undefined || gapSeconds >= policy.terminationGapSeconds,
      gapSeconds,
      policy.terminationGapSeconds,
      last,
    ),
    check('daily-cap', ends <= cap, ends, cap, toTimestamp(addSeconds(now, -86_400))),
  ];
};

const RANKS: ReadonlyMap<KeepReason, number> = new Map(KEEP_REASONS.map((reason, index) => [reason, index]));
const rank = ({ reason }: IdleCheck): number => RANKS.get(reason) ?? KEEP_REASONS.length;

const conclude = (checks: readonly IdleCheck[]): IdleDecision => {
  const ordered = [...checks].sort((one, other) => rank(one) - rank(other));
  const blockers = ordered.flatMap(({ reason, verdict }) => (verdict === 'block' ? [reason] : []));
  const evidence = { checks: ordered, blockers };
  const [reason] = blockers;
  return reason === undefined
    ? { action: 'drain', reason: 'idle', evidence }
    : { action: 'keep', reason, evidence };
};

/**
 * Whether a node is surely idle and may begin to drain. It may only when every signal is known and idle and every guard passes;
 * the first that blocks gives the reason, all of them are the evidence. Pure.
 * @param ownSlot the slot that a (shadow) drain of this node holds already
 */
const decideIdle = (
  subject: IdleSubject,
  fleet: FleetView,
  policy: IdlePolicy,
  now: Date,
  ownSlot?: string,
): IdleDecision => {
  const { node } = subject;
  return conclude([
    check('mode-off', policy.mode !== 'off', policy.mode),
    check('not-active', node.lifecycle === 'active', node.lifecycle, 'active'),
    check('revoked', node.revokedAt === undefined, node.revokedAt ?? 'trusted'),
    // The agent still keeps an earlier drain's promise: it is told to resume first.
    check('drain-not-over', node.heartbeat?.mode !== 'draining', node.heartbeat?.mode),
    ...checkSafety(subject, fleet, now),
    check('exempt', !policy.exempt, policy.exempt),
    ...checkIdleness(node, policy, now),
    ...checkUnclaimed(node, now),
    ...checkMoney(subject, policy),
    ...checkWork(subject, policy),
    ...checkFleet(subject, fleet, policy, now, ownSlot),
  ]);
};

export type { IdleDecision, IdleEvidence };
export { checkFleet, checkMoney, checkWork, conclude, decideIdle, priceOf };
