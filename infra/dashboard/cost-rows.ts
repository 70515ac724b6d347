import { FUNCTIONS, METRICS } from '../../lib/constants.ts';
import { droverMetric } from '../drover-metric.ts';
import { heading, rowOf } from './graphs.ts';
import { ofFunction, perProvider } from './metrics.ts';
import type { Rows } from './rows.ts';

const { reconcileInstances } = FUNCTIONS;

/** What does it cost? */
const costRows: Rows = ({ health, idle }) => [
  [heading('What does it cost?')],
  rowOf(
    {
      title: 'Spend',
      unit: 'USD per hour',
      stacked: true,
      metrics: perProvider(reconcileInstances, 'Maximum', METRICS.spendUsdPerHour),
    },
    {
      title: 'This month',
      unit: 'USD',
      stacked: true,
      metrics: perProvider(reconcileInstances, 'Maximum', METRICS.spendMonthUsd),
    },
    {
      title: 'Saved by idle shutdown',
      unit: 'USD per hour',
      stacked: true,
      metrics: perProvider(idle, 'Maximum', METRICS.savingUsdPerHour),
    },
  ),
  rowOf(
    {
      title: 'GPU utilisation over the fleet',
      unit: 'percent',
      metrics: ['p10', 'p50', 'p90'].map((statistic) =>
        droverMetric({ name: METRICS.gpuUtilizationPercent, source: health, statistic, label: statistic }),
      ),
    },
    {
      title: 'Idle nodes',
      unit: 'nodes',
      metrics: perProvider(idle, 'Maximum', METRICS.idleNodes),
    },
    {
      title: 'Cost money for nothing: no agent',
      unit: 'instances',
      metrics: perProvider(reconcileInstances, 'Maximum', METRICS.unmanagedInstances),
    },
    {
      title: 'Instances listed',
      unit: 'instances',
      stacked: true,
      metrics: perProvider(reconcileInstances, 'Maximum', METRICS.instancesListed),
    },
  ),
  rowOf(
    {
      title: 'Budgets of which 80 % is spent',
      unit: 'limits',
      metrics: ofFunction(reconcileInstances, 'Maximum', METRICS.budgetsReached),
    },
    {
      title: 'Without a known price: the sums are too low',
      unit: 'instances',
      metrics: perProvider(reconcileInstances, 'Maximum', METRICS.unpricedInstances),
    },
  ),
];

export { costRows };
