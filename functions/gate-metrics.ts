import { Metrics, MetricUnit } from '@aws-lambda-powertools/metrics';
import { type FunctionName, METRICS } from '../lib/constants.ts';

/** Counts each time that the gate of work let it start although a brake could not be read. Nothing is written otherwise. */
const publishGateOpened = (functionName: FunctionName): void => {
  const metrics = new Metrics({ namespace: METRICS.namespace, serviceName: functionName });
  metrics.addMetric(METRICS.workGateOpened, MetricUnit.Count, 1);
  metrics.publishStoredMetrics();
};

export { publishGateOpened };
