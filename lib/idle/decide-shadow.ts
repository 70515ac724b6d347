import type { MayLoseDecision } from '../nodes/decide-may-lose.ts';
import { addSeconds, toTimestamp } from '../time.ts';
import type { IdleDecision, IdleEvidence } from './decide-idle.ts';
import type { IdlePolicy } from './idle-policy.ts';
import type { KeepReason } from './idle-reason.ts';
import type { IdleSubject } from './idle-snapshot.ts';

type ShadowDecision =
  | { readonly action: 'start' | 'mature'; readonly reason: 'idle'; readonly evidence: IdleEvidence }
  | {
      readonly action: 'end' | 'none';
      readonly reason: KeepReason | 'mode-changed';
      readonly evidence: IdleEvidence;
    }
  | {
      readonly action: 'wait';
      readonly reason: KeepReason | 'drain-period' | 'data-at-risk' | 'data-unknown' | 'matured';
      readonly evidence: IdleEvidence;
    };

/** What may pass by itself while a drain goes on: it waits. Everything else means that the node is not to go. */
const PASSING: ReadonlySet<KeepReason> = new Set<KeepReason>([
  'holds-unreadable',
  'frozen',
  'brake-unknown',
  'mass-failure',
  'listing-unsure',
  'binding-unconfirmed',
  'heartbeat-stale',
  'unclaimed-unknown',
  'work-unreadable',
  'price-unknown',
  'termination-gap',
]);

/**
 * The drain that would be, where the mode is `observe` (invariant 6): the same guards, and the agent's acknowledgement as the one
 * assumed input. Pure.
 * @param decision of `decideIdle`, with the shadow's own slot left out
 */
const decideShadow = (
  { node }: IdleSubject,
  decision: IdleDecision,
  policy: IdlePolicy,
  mayLose: MayLoseDecision | undefined,
  now: Date,
): ShadowDecision => {
  const { shadowDrain: shadow } = node;
  const { evidence } = decision;
  if (policy.mode !== 'observe')
    return { action: shadow === undefined ? 'none' : 'end', reason: 'mode-changed', evidence };
  if (shadow === undefined)
    return decision.action === 'drain'
      ? { action: 'start', reason: 'idle', evidence }
      : { action: 'none', reason: decision.reason, evidence };
  if (decision.action === 'keep') {
    const lasting = evidence.blockers.find((reason) => !PASSING.has(reason));
    return lasting === undefined
      ? { action: 'wait', reason: decision.reason, evidence }
      : { action: 'end', reason: lasting, evidence };
  }
  if (shadow.maturedAt !== undefined) return { action: 'wait', reason: 'matured', evidence };
  if (toTimestamp(now) < shadow.maturesAt) return { action: 'wait', reason: 'drain-period', evidence };
  if (mayLose === undefined) return { action: 'wait', reason: 'data-unknown', evidence };
  return mayLose.safe
    ? { action: 'mature', reason: 'idle', evidence }
    : { action: 'wait', reason: 'data-at-risk', evidence };
};

/** When a shadow drain that starts now would be over. */
const maturesAt = (policy: IdlePolicy, now: Date): string =>
  toTimestamp(addSeconds(now, policy.drainPeriodSeconds));

export type { ShadowDecision };
export { decideShadow, maturesAt };
