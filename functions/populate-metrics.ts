import { Metrics, MetricUnit } from '@aws-lambda-powertools/metrics';
import { FUNCTIONS, METRICS } from '../lib/constants.ts';
import { levelNumber } from '../lib/work/decide-backpressure.ts';
import type { PopulateReport } from '../lib/work/populate-queue.ts';

const DEPTH_METRICS = {
  cpu: METRICS.queueDepthCpu,
  gpu: METRICS.queueDepthGpu,
  'gpu-large': METRICS.queueDepthGpuLarge,
} as const;

/** What one cycle found and made. A depth that is not known has no value, so that an alarm can tell it from zero. */
const publishPopulateMetrics = ({ population, made }: PopulateReport): void => {
  const metrics = new Metrics({ namespace: METRICS.namespace, serviceName: FUNCTIONS.populateQueue });
  const { classes, level, stoppedBy } = population;
  for (const known of classes) metrics.addMetric(DEPTH_METRICS[known.class], MetricUnit.Count, known.waiting);
  const isUnknown = stoppedBy?.limit === 'depth-unknown' || stoppedBy?.limit === 'capacity-unknown';
  const starved = classes.filter(({ starvedSince }) => starvedSince !== undefined).length;
  metrics.addMetric(METRICS.workMade, MetricUnit.Count, made);
  metrics.addMetric(METRICS.backpressureLevel, MetricUnit.NoUnit, levelNumber(level));
  metrics.addMetric(METRICS.queueDepthUnknown, MetricUnit.Count, isUnknown ? 1 : 0);
  metrics.addMetric(METRICS.starvedClasses, MetricUnit.Count, starved);
  metrics.publishStoredMetrics();
};

export { publishPopulateMetrics };
