import { AlarmStatusWidget } from 'aws-cdk-lib/aws-cloudwatch';
import { FUNCTIONS, METRICS } from '../../lib/constants.ts';
import { droverMetric } from '../drover-metric.ts';
import { FULL_WIDTH, heading, rowOf } from './graphs.ts';
import { ofDeadLetters, ofFunctions, ofTables, perProvider } from './metrics.ts';
import type { Rows } from './rows.ts';

const { routeEvents, recordReports, dispatchDistribution, reconcileInstances } = FUNCTIONS;
const CONSUMERS = [routeEvents, recordReports, dispatchDistribution] as const;
const ALARMS_HEIGHT = 8;

/** What is broken? */
const faultRows: Rows = ({ stage, idle, alarms }) => [
  [heading('What is broken?')],
  [new AlarmStatusWidget({ title: 'Alarms', alarms: [...alarms], width: FULL_WIDTH, height: ALARMS_HEIGHT })],
  rowOf(
    { title: 'Function errors', unit: 'runs', metrics: ofFunctions(stage, 'Errors', 'Sum') },
    { title: 'Function throttles', unit: 'runs', metrics: ofFunctions(stage, 'Throttles', 'Sum') },
    { title: 'Function duration, p99', unit: 'milliseconds', metrics: ofFunctions(stage, 'Duration', 'p99') },
  ),
  rowOf(
    {
      title: 'Dead letters',
      unit: 'messages',
      metrics: ofDeadLetters(stage, 'ApproximateNumberOfMessagesVisible'),
    },
    {
      title: 'Records refused',
      unit: 'records',
      metrics: CONSUMERS.map((source) =>
        droverMetric({ name: METRICS.recordsRefused, source, statistic: 'Sum', label: source }),
      ),
    },
    {
      title: 'Records failed (they come back)',
      unit: 'records',
      metrics: CONSUMERS.map((source) =>
        droverMetric({ name: METRICS.recordsFailed, source, statistic: 'Sum', label: source }),
      ),
    },
  ),
  rowOf(
    {
      title: 'Errors of provider APIs',
      unit: 'requests',
      metrics: perProvider(reconcileInstances, 'Sum', METRICS.providerErrors),
    },
    {
      title: 'Throttles of provider APIs',
      unit: 'requests',
      metrics: perProvider(reconcileInstances, 'Sum', METRICS.providerThrottles),
    },
    {
      title: 'Listings that failed',
      unit: 'cycles',
      metrics: perProvider(reconcileInstances, 'Sum', METRICS.listingFailures),
    },
    {
      title: 'Cycles of idle shutdown that failed',
      unit: 'cycles',
      metrics: perProvider(idle, 'Sum', METRICS.idleCycleFailures),
    },
  ),
  rowOf(
    {
      title: 'Terminations that are stuck',
      unit: 'nodes',
      metrics: perProvider(idle, 'Maximum', METRICS.stuckTerminations),
    },
    {
      title: 'Throttled reads and writes of tables',
      unit: 'requests',
      metrics: [...ofTables(stage, 'ReadThrottleEvents'), ...ofTables(stage, 'WriteThrottleEvents')],
    },
  ),
];

export { faultRows };
