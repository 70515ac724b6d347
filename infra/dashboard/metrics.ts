import { Duration } from 'aws-cdk-lib';
import { Metric } from 'aws-cdk-lib/aws-cloudwatch';
import {
  deadLetterName,
  FUNCTIONS,
  LISTED_PROVIDERS,
  type MetricName,
  NODE_QUEUE_PART,
  QUEUES,
  resourceName,
  TABLES,
  TARGET_DLQ,
} from '../../lib/constants.ts';
import { droverMetric, type MetricSource } from '../drover-metric.ts';

/** Metrics of one function side by side, by their own names. */
const ofFunction = (source: MetricSource, statistic: string, ...names: readonly MetricName[]): Metric[] =>
  names.map((name) => droverMetric({ name, source, statistic, label: name }));

const perProvider = (source: MetricSource, statistic: string, name: MetricName): Metric[] =>
  LISTED_PROVIDERS.map((provider) => droverMetric({ name, source, statistic, provider, label: provider }));

const percentiles = (source: MetricSource, name: MetricName): Metric[] =>
  ['p50', 'p99'].map((statistic) => droverMetric({ name, source, statistic, label: statistic }));

/** A metric of AWS's own for each of some resources of the stage. */
const ofResources = (
  stage: string,
  resources: readonly string[],
  about: { namespace: string; metricName: string; dimension: string; statistic: string },
): Metric[] =>
  resources.map(
    (name) =>
      new Metric({
        namespace: about.namespace,
        metricName: about.metricName,
        dimensionsMap: { [about.dimension]: resourceName(stage, name) },
        statistic: about.statistic,
        period: Duration.minutes(1),
        label: name,
      }),
  );

const ofQueues = (stage: string, queues: readonly string[], metricName: string): Metric[] =>
  ofResources(stage, queues, {
    namespace: 'AWS/SQS',
    metricName,
    dimension: 'QueueName',
    statistic: 'Maximum',
  });

const DEAD_LETTERS = [...Object.values(QUEUES), NODE_QUEUE_PART].map(deadLetterName).concat(TARGET_DLQ);

const ofDeadLetters = (stage: string, metricName: string): Metric[] =>
  ofQueues(stage, DEAD_LETTERS, metricName);

const ofFunctions = (stage: string, metricName: string, statistic: string): Metric[] =>
  ofResources(stage, Object.values(FUNCTIONS), {
    namespace: 'AWS/Lambda',
    metricName,
    dimension: 'FunctionName',
    statistic,
  });

const ofTables = (stage: string, metricName: string): Metric[] =>
  ofResources(stage, Object.values(TABLES), {
    namespace: 'AWS/DynamoDB',
    metricName,
    dimension: 'TableName',
    statistic: 'Sum',
  });

export { ofDeadLetters, ofFunction, ofFunctions, ofQueues, ofTables, percentiles, perProvider };
