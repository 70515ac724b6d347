import { Duration } from 'aws-cdk-lib';
import { Metric } from 'aws-cdk-lib/aws-cloudwatch';
import { type FunctionName, METRICS, type MetricName } from '../lib/constants.ts';

/** Functions whose metrics are watched: each writes its own name as the dimension `service`. */
type MetricSource = FunctionName | 'score-health' | 'shut-down-idle';

interface DroverMetricProps {
  readonly name: MetricName;
  readonly source: MetricSource;
  readonly statistic: string;
  readonly provider?: string;
  readonly label?: string;
  /** Default 1. */
  readonly periodMinutes?: number;
}

/** A metric that a function writes into its log in CloudWatch's embedded format. */
const droverMetric = ({
  name,
  source,
  statistic,
  provider,
  label,
  periodMinutes = 1,
}: DroverMetricProps): Metric =>
  new Metric({
    namespace: METRICS.namespace,
    metricName: name,
    statistic,
    period: Duration.minutes(periodMinutes),
    dimensionsMap: { service: source, ...(provider === undefined ? {} : { provider }) },
    ...(label === undefined ? {} : { label }),
  });

export type { DroverMetricProps, MetricSource };
export { droverMetric };
