import { describe, expect, it } from 'vitest';
import { decideCompletion, requiredVerified } from '../../lib/distribution/decide-completion.ts';
import type { Distribution } from '../../lib/distribution/distribution.ts';
import { planDistribution } from '../../lib/distribution/plan-distribution.ts';
import { addSeconds } from '../../lib/time.ts';
import { makeArtifact, nodeIdOf, policy, START } from './fixtures.ts';

const make = (targets: number, changes: Partial<Distribution> = {}): Distribution => ({
  ...planDistribution(
    makeArtifact(),
    { distributionId: 'd-1', eventId: 'e-1', trigger: { type: 'promotion' } },
    Array.from({ length: targets }, (_, index) => ({
      nodeId: nodeIdOf(index),
      action: 'send' as const,
      reason: 'accepts-kind' as const,
      evidence: {},
    })),
    policy,
    START,
  ),
  ...changes,
});

describe('requiredVerified', () => {
  it.each([
    ['promotion', 0, undefined, 1],
    ['promotion', 3, undefined, 3],
    ['promotion', 50, undefined, 10],
    ['promotion', 50, 3, 3],
    ['promotion', 2, 3, 2],
    ['dataset', 7, undefined, 7],
    ['dataset', 7, 2, 2],
    ['node-activated', 1, undefined, 1],
    ['prefetch', 0, undefined, 1],
  ] as const)('%s of %i eligible nodes with minVerified %s needs %i', (trigger, eligible, min, expected) => {
    expect(requiredVerified(trigger, eligible, policy, min)).toBe(expected);
  });

  it.each([
    [0.5, 3, 2],
    [0.7, 10, 7],
    [0.01, 10, 1],
  ])('rounds a share of %s of %i up to %i', (completionShare, eligible, expected) => {
    expect(requiredVerified('dataset', eligible, { promotionGateNodes: 10, completionShare })).toBe(expected);
  });
});

describe('decideCompletion', () => {
  it('completes when enough targets are verified', () => {
    const decision = decideCompletion(make(2, { verifiedNodeIds: [nodeIdOf(0), nodeIdOf(1)] }), START);
    expect(decision).toMatchObject({ action: 'complete', reason: 'enough-verified' });
  });

  it('[sync#L12] counts only its own targets', () => {
    const decision = decideCompletion(make(2, { verifiedNodeIds: [nodeIdOf(8), nodeIdOf(9)] }), START);
    expect(decision).toMatchObject({ action: 'wait', evidence: { verified: 0, required: 2 } });
  });

  it('[sync#L20] gives up at the deadline, not a millisecond before', () => {
    expect(decideCompletion(make(2), addSeconds(START, 299.999)).action).toBe('wait');
    expect(decideCompletion(make(2), addSeconds(START, 300))).toMatchObject({
      action: 'give-up',
      reason: 'deadline-passed',
    });
  });

  it('[health-and-idle#12-32] completes nothing without a target: an empty fleet is not a pass', () => {
    expect(decideCompletion(make(0), START)).toMatchObject({ action: 'wait', reason: 'no-target' });
    expect(decideCompletion(make(0), addSeconds(START, 300)).action).toBe('give-up');
  });

  it.each(['completed', 'incomplete'] as const)('does not end again what is %s', (state) => {
    const ended = make(1, { state, verifiedNodeIds: [nodeIdOf(0)] });
    expect(decideCompletion(ended, addSeconds(START, 9999))).toMatchObject({
      action: 'wait',
      reason: 'ended',
    });
  });
});
