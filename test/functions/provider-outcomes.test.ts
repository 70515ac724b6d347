import { Metrics } from '@aws-lambda-powertools/metrics';
import { describe, expect, it, vi } from 'vitest';
import * as z from 'zod';
import { createProviderOutcomes, type ProviderOutcomes } from '../../functions/provider-outcomes.ts';
import { ProviderError, type ProviderErrorKind } from '../../lib/providers/provider-error.ts';

const lineSchema = z.looseObject({ ProviderErrors: z.number() });

/** The lines of metrics that one cycle writes. */
const publish = (outcomes: ProviderOutcomes) => {
  const lines: string[] = [];
  const spy = vi.spyOn(process.stdout, 'write').mockImplementation((line) => lines.push(String(line)) > 0);
  const metrics = new Metrics({ namespace: 'Drover', serviceName: 'reconcile-instances' });
  metrics.addDimension('provider', 'vast');
  outcomes.publish(metrics);
  metrics.publishStoredMetrics();
  spy.mockRestore();
  return lines.map((line) => {
    const { _aws, ...values } = lineSchema.parse(JSON.parse(line));
    return values;
  });
};

const failure = (kind: ProviderErrorKind) => new ProviderError('vast', kind, 'it failed');
const about = { service: 'reconcile-instances', provider: 'vast' };

describe('provider outcomes', () => {
  it('are zeros when every request was answered', () => {
    const outcomes = createProviderOutcomes('vast');
    outcomes.observe({ outcome: 'answered', status: 200, quotas: [] });

    expect(publish(outcomes)).toEqual([{ ...about, ProviderErrors: 0, ProviderThrottles: 0 }]);
  });

  it('count requests by kind, and throttles apart', () => {
    const outcomes = createProviderOutcomes('vast');
    for (const outcome of ['rate-limited', 'rate-limited', 'transient'] as const)
      outcomes.observe({ outcome, quotas: [] });
    // The failure of the cycle is the last request's: counted already.
    outcomes.fail(failure('transient'));

    expect(publish(outcomes)).toEqual(
      expect.arrayContaining([
        { ...about, kind: 'rate-limited', ProviderErrors: 2 },
        { ...about, kind: 'transient', ProviderErrors: 1 },
        { ...about, ProviderErrors: 3, ProviderThrottles: 2 },
      ]),
    );
  });

  it('count an answer of another shape, which no request shows', () => {
    const outcomes = createProviderOutcomes('vast');
    outcomes.observe({ outcome: 'answered', status: 200, quotas: [] });
    outcomes.fail(failure('unexpected-shape'));

    expect(publish(outcomes)).toContainEqual({ ...about, kind: 'unexpected-shape', ProviderErrors: 1 });
  });

  it('count no request that was not made: a breaker is open, or the bug is ours', () => {
    const outcomes = createProviderOutcomes('vast');
    outcomes.fail(failure('rate-limited'));
    outcomes.fail(new Error('a bug'));

    expect(publish(outcomes)).toEqual([{ ...about, ProviderErrors: 0, ProviderThrottles: 0 }]);
  });
});
