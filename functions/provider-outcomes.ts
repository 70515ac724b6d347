import { type Metrics, MetricUnit } from '@aws-lambda-powertools/metrics';
import { METRICS } from '../lib/constants.ts';
import type { Provider } from '../lib/nodes/node.ts';
import { ProviderError, type ProviderErrorKind } from '../lib/providers/provider-error.ts';
import type { RequestObservation } from '../lib/providers/request-gate.ts';

/** Kinds that show only once a whole answer, or the whole list, is looked at: no request's own outcome tells them. */
const beyondRequests: ReadonlySet<ProviderErrorKind> = new Set(['unexpected-shape', 'incomplete']);

interface ProviderOutcomes {
  /** Told of each request. */
  readonly observe: (observation: RequestObservation) => void;
  /** Told how the cycle failed. */
  readonly fail: (error: unknown) => void;
  /** Adds the sums to `metrics`, whose dimension is the provider, and writes each kind by itself. */
  readonly publish: (metrics: Metrics) => void;
}

/** What the requests of one cycle to one provider came to. */
const createProviderOutcomes = (provider: Provider): ProviderOutcomes => {
  const counts = new Map<ProviderErrorKind, number>();
  const add = (kind: ProviderErrorKind): void => void counts.set(kind, (counts.get(kind) ?? 0) + 1);
  return {
    observe: ({ outcome }) => {
      if (outcome !== 'answered') add(outcome);
    },
    fail: (error) => {
      if (!(error instanceof ProviderError) || !beyondRequests.has(error.kind)) return;
      if (!counts.has(error.kind)) add(error.kind);
    },
    publish: (metrics) => {
      const errors = [...counts.values()].reduce((sum, count) => sum + count, 0);
      metrics.addMetric(METRICS.providerErrors, MetricUnit.Count, errors);
      metrics.addMetric(METRICS.providerThrottles, MetricUnit.Count, counts.get('rate-limited') ?? 0);
      for (const [kind, count] of counts) {
        metrics
          .singleMetric()
          .addDimension('provider', provider)
          .addDimension('kind', kind)
          .addMetric(METRICS.providerErrors, MetricUnit.Count, count);
      }
    },
  };
};

export type { ProviderOutcomes };
export { createProviderOutcomes };
