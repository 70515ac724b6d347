import { Metrics, MetricUnit } from '@aws-lambda-powertools/metrics';
import { FUNCTIONS, METRICS } from '../lib/constants.ts';
import type { EvaluatedNode } from '../lib/health/evaluate-nodes.ts';
import { countNodes } from '../lib/health/node-counts.ts';
import type { ScoreReport } from '../lib/health/score-health.ts';
import { type Provider, providerSchema } from '../lib/nodes/node.ts';
import { secondsSince } from '../lib/time.ts';

const newMetrics = (): Metrics =>
  new Metrics({ namespace: METRICS.namespace, serviceName: FUNCTIONS.scoreHealth });

const COMPONENT_METRICS = {
  nodes: METRICS.healthNodes,
  circuits: METRICS.healthCircuits,
  errors: METRICS.healthErrors,
  recovery: METRICS.healthRecovery,
} as const;

const addCounts = (metrics: Metrics, nodes: readonly EvaluatedNode[]): void => {
  const counts = countNodes(nodes.map(({ health }) => health.state));
  metrics.addMetric(METRICS.nodesHealthy, MetricUnit.Count, counts.healthy);
  metrics.addMetric(METRICS.nodesDegraded, MetricUnit.Count, counts.degraded);
  metrics.addMetric(METRICS.nodesUnhealthy, MetricUnit.Count, counts.unhealthy);
  metrics.addMetric(METRICS.nodesUnreachable, MetricUnit.Count, counts.unreachable);
  metrics.addMetric(METRICS.nodesUnknown, MetricUnit.Count, counts.unknown);
};

/** Every value by itself: CloudWatch takes the percentiles. What a node did not say is no value. */
const addDistributions = (metrics: Metrics, nodes: readonly EvaluatedNode[], now: Date): void => {
  for (const { node, health } of nodes) {
    if (node.heartbeatAt === undefined) continue;
    metrics.addMetric(
      METRICS.heartbeatAgeSeconds,
      MetricUnit.Seconds,
      Math.max(0, secondsSince(node.heartbeatAt, now)),
    );
    // An old reading says nothing about the GPU now.
    if (health.state !== 'healthy' && health.state !== 'degraded') continue;
    for (const { utilizationPercent } of node.heartbeat?.gpus ?? []) {
      if (utilizationPercent !== undefined) {
        metrics.addMetric(METRICS.gpuUtilizationPercent, MetricUnit.Percent, utilizationPercent);
      }
    }
  }
};

const nodesOf = (nodes: readonly EvaluatedNode[], provider: Provider): EvaluatedNode[] =>
  nodes.filter(({ node }) => node.provider === provider);

/** Writes what one evaluation found, as metrics; what is unknown has no value, so that an alarm can tell it from zero. */
const publishHealthMetrics = ({ fleet, nodes }: ScoreReport, now: Date): void => {
  const metrics = newMetrics();
  if (fleet.score !== undefined) metrics.addMetric(METRICS.healthScore, MetricUnit.NoUnit, fleet.score);
  for (const { component, value } of fleet.components) {
    if (value !== undefined) metrics.addMetric(COMPONENT_METRICS[component], MetricUnit.NoUnit, value);
  }
  metrics.addMetric(METRICS.pipelinePaused, MetricUnit.Count, fleet.pause ? 1 : 0);
  if (nodes !== undefined) {
    metrics.addMetric(METRICS.observerSuspect, MetricUnit.Count, fleet.observer === 'suspect' ? 1 : 0);
    addCounts(metrics, nodes);
    addDistributions(metrics, nodes, now);
  }
  metrics.publishStoredMetrics();
  for (const provider of providerSchema.out.options) {
    const own = nodesOf(nodes ?? [], provider);
    if (own.length === 0) continue;
    const byProvider = newMetrics();
    byProvider.addDimension('provider', provider);
    addCounts(byProvider, own);
    byProvider.publishStoredMetrics();
  }
};

export { publishHealthMetrics };
