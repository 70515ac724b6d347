import { secondsSince, toTimestamp } from '../time.ts';
import type { InstanceRecord } from './instance-record.ts';
import type { ProviderState } from './provider-state.ts';
import type { ReconcilePolicy } from './reconcile-policy.ts';

type ListingReason = 'complete' | 'confirmed-shrinkage' | 'shrank-at-once' | 'too-soon-after-the-last';

interface ListingDecision {
  /** `believe-presence`: what is in it is there; what is missing proves nothing. */
  readonly action: 'believe' | 'believe-presence';
  readonly reason: ListingReason;
  readonly evidence: { readonly missing: number; readonly known: number };
  readonly suspect?: ProviderState['suspect'];
}

/**
 * Whether what a complete listing lacks may count. One that lost too much at once is held back until the next ones lose as much:
 * a provider that answers half of its list says "200" as well. Pure.
 */
const decideListing = (
  records: readonly InstanceRecord[],
  listedIds: ReadonlySet<string>,
  state: Pick<ProviderState, 'completeAt' | 'suspect'> | undefined,
  policy: ReconcilePolicy,
  now: Date,
): ListingDecision => {
  const known = records.filter(({ goneAt, misses }) => goneAt === undefined && misses === 0);
  const missing = known.filter(({ instance }) => !listedIds.has(instance.instanceId)).length;
  const evidence = { missing, known: known.length };
  const keptSuspect = state?.suspect === undefined ? {} : { suspect: state.suspect };
  if (state?.completeAt !== undefined && secondsSince(state.completeAt, now) < policy.listingGapSeconds)
    return { action: 'believe-presence', reason: 'too-soon-after-the-last', evidence, ...keptSuspect };
  const shrankAtOnce =
    missing >= policy.suspectCount && missing * 100 > known.length * policy.suspectSharePercent;
  if (!shrankAtOnce) return { action: 'believe', reason: 'complete', evidence };
  const listings = (state?.suspect?.listings ?? 0) + 1;
  if (listings > policy.suspectConfirmations)
    return { action: 'believe', reason: 'confirmed-shrinkage', evidence };
  const since = state?.suspect?.since ?? toTimestamp(now);
  return {
    action: 'believe-presence',
    reason: 'shrank-at-once',
    evidence,
    suspect: { since, listings, missing, known: known.length },
  };
};

export type { ListingDecision, ListingReason };
export { decideListing };
