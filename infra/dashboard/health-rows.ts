import { METRICS } from '../../lib/constants.ts';
import { type GraphProps, heading, rowOf, values } from './graphs.ts';
import { ofFunction, percentiles, perProvider } from './metrics.ts';
import type { Rows } from './rows.ts';

/** Is it healthy? */
const healthRows: Rows = ({ health }) => [
  [heading('Is it healthy?')],
  [
    values('Score and its components (0 to 100)', [
      ...ofFunction(
        health,
        'Minimum',
        METRICS.healthScore,
        METRICS.healthNodes,
        METRICS.healthCircuits,
        METRICS.healthErrors,
        METRICS.healthRecovery,
      ),
      ...ofFunction(health, 'Maximum', METRICS.pipelinePaused, METRICS.observerSuspect),
    ]),
  ],
  rowOf(
    { title: 'Health score', unit: '0 to 100', metrics: ofFunction(health, 'Minimum', METRICS.healthScore) },
    {
      title: 'Nodes by state',
      unit: 'nodes',
      stacked: true,
      metrics: ofFunction(
        health,
        'Maximum',
        METRICS.nodesHealthy,
        METRICS.nodesDegraded,
        METRICS.nodesUnhealthy,
        METRICS.nodesUnreachable,
        METRICS.nodesUnknown,
      ),
    },
    {
      title: 'Age of heartbeats',
      unit: 'seconds',
      metrics: percentiles(health, METRICS.heartbeatAgeSeconds),
    },
  ),
  rowOf(
    ...[METRICS.nodesHealthy, METRICS.nodesUnreachable].map(
      (name): GraphProps => ({
        title: `${name} by provider`,
        unit: 'nodes',
        metrics: perProvider(health, 'Maximum', name),
      }),
    ),
  ),
];

export { healthRows };
