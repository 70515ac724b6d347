import { Metrics, MetricUnit } from '@aws-lambda-powertools/metrics';
import { FUNCTIONS, METRICS } from '../lib/constants.ts';
import type { DispatchCounts } from '../lib/work/dispatch-work.ts';

const newMetrics = (): Metrics =>
  new Metrics({ namespace: METRICS.namespace, serviceName: FUNCTIONS.dispatchWork });

/** What one run gave away, and why it did not give more: each reason is a value of its own. */
const publishDispatchMetrics = ({ free, waiting, assigned, refusals }: DispatchCounts): void => {
  const metrics = newMetrics();
  metrics.addMetric(METRICS.freeNodes, MetricUnit.Count, free);
  metrics.addMetric(METRICS.workWaiting, MetricUnit.Count, waiting);
  metrics.addMetric(METRICS.workAssigned, MetricUnit.Count, assigned);
  metrics.addMetric(
    METRICS.workRefusals,
    MetricUnit.Count,
    Object.values(refusals).reduce((sum, count) => sum + count, 0),
  );
  metrics.publishStoredMetrics();
  for (const [reason, count] of Object.entries(refusals)) {
    const byReason = newMetrics();
    byReason.addDimension('reason', reason);
    byReason.addMetric(METRICS.workRefusals, MetricUnit.Count, count);
    byReason.publishStoredMetrics();
  }
};

export { publishDispatchMetrics };
