import { toTimestamp } from '../time.ts';
import type { Distribution, DistributionTrigger } from './distribution.ts';
import type { DistributionPolicy } from './policy.ts';

type CompletionReason = 'enough-verified' | 'deadline-passed' | 'targets-open' | 'no-target' | 'ended';

interface Completion {
  readonly action: 'complete' | 'give-up' | 'wait';
  readonly reason: CompletionReason;
  readonly evidence: {
    readonly verified: number;
    readonly required: number;
    readonly eligible: number;
    readonly deadlineAt: string;
  };
}

/**
 * How many verified targets complete a distribution: for a promotion min(minVerified or the gate, eligible), else
 * min(minVerified, eligible) when given, else the policy's share of the eligible ones, rounded up. At least 1:
 * an empty fleet is not a success.
 */
const requiredVerified = (
  trigger: DistributionTrigger,
  eligible: number,
  policy: Pick<DistributionPolicy, 'promotionGateNodes' | 'completionShare'>,
  minVerified?: number,
): number => {
  const wanted = minVerified ?? (trigger === 'promotion' ? policy.promotionGateNodes : undefined);
  // The tiny subtraction keeps 0.7 × 10 = 7.000000000000001 from becoming 8.
  const count =
    wanted === undefined ? Math.ceil(policy.completionShare * eligible - 1e-9) : Math.min(wanted, eligible);
  return Math.max(1, count);
};

/** Whether a distribution has ended, and how. Only targets count; more verified than required changes nothing. */
const decideCompletion = (distribution: Distribution, now: Date): Completion => {
  const targets = new Set(distribution.targetNodeIds);
  const verified = distribution.verifiedNodeIds.filter((nodeId) => targets.has(nodeId)).length;
  const evidence = {
    verified,
    required: distribution.requiredVerified,
    eligible: targets.size,
    deadlineAt: distribution.deadlineAt,
  };
  if (distribution.state !== 'running') return { action: 'wait', reason: 'ended', evidence };
  if (targets.size > 0 && verified >= distribution.requiredVerified) {
    return { action: 'complete', reason: 'enough-verified', evidence };
  }
  if (distribution.deadlineAt <= toTimestamp(now)) {
    return { action: 'give-up', reason: 'deadline-passed', evidence };
  }
  return { action: 'wait', reason: targets.size === 0 ? 'no-target' : 'targets-open', evidence };
};

export type { Completion, CompletionReason };
export { decideCompletion, requiredVerified };
