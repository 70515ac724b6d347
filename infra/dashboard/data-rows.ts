import { FUNCTIONS, METRICS } from '../../lib/constants.ts';
import { droverMetric } from '../drover-metric.ts';
import { heading, rowOf } from './graphs.ts';
import { ofDeadLetters, ofFunction, perProvider } from './metrics.ts';
import type { Rows } from './rows.ts';

const { repairReplication } = FUNCTIONS;

/** Is data safe? */
const dataRows: Rows = ({ stage, idle }) => [
  [heading('Is data safe?')],
  rowOf(
    {
      title: 'Replication score',
      unit: '0 to 100',
      metrics: ofFunction(repairReplication, 'Minimum', METRICS.replicationScore),
    },
    {
      title: 'Artifacts that lack copies',
      unit: 'artifacts',
      metrics: ofFunction(
        repairReplication,
        'Maximum',
        METRICS.artifactsWithoutCopy,
        METRICS.artifactsSingleCopy,
        METRICS.artifactsUnderReplicated,
        METRICS.artifactsShortOfTarget,
      ),
    },
    {
      title: 'Lost',
      unit: 'artifacts',
      metrics: ofFunction(repairReplication, 'Sum', METRICS.artifactsLost),
    },
  ),
  rowOf(
    {
      title: 'Repairs',
      unit: 'repairs',
      metrics: [
        ...ofFunction(repairReplication, 'Maximum', METRICS.repairsRunning),
        ...ofFunction(repairReplication, 'Sum', METRICS.repairsSucceeded, METRICS.repairsFailed),
      ],
    },
    {
      title: 'Longest wait for a repair',
      unit: 'seconds',
      metrics: ofFunction(repairReplication, 'Maximum', METRICS.repairBacklogSeconds),
    },
    {
      title: 'Nodes whose list cannot be read: what they held is unknown',
      unit: 'nodes',
      metrics: ofFunction(repairReplication, 'Sum', METRICS.unreadableLists),
    },
  ),
  rowOf(
    {
      title: 'Drains under way',
      unit: 'nodes',
      metrics: perProvider(idle, 'Maximum', METRICS.drainsPending),
    },
    {
      title: 'Drains that are stuck: what the node holds is only there',
      unit: 'nodes',
      metrics: perProvider(idle, 'Maximum', METRICS.stuckDrains),
    },
    {
      title: 'Nodes that can be sent no data for long',
      unit: 'nodes',
      metrics: [
        droverMetric({
          name: METRICS.blockedReceivers,
          source: FUNCTIONS.sweepDeliveries,
          statistic: 'Maximum',
        }),
      ],
    },
    {
      title: 'Data that should be in the store for so long (alarm at 900)',
      unit: 'seconds',
      metrics: [
        droverMetric({
          name: METRICS.syncBacklogSeconds,
          source: FUNCTIONS.sweepDeliveries,
          statistic: 'Maximum',
        }),
      ],
    },
    {
      title: 'Nodes terminated',
      unit: 'nodes',
      metrics: perProvider(idle, 'Sum', METRICS.terminations),
    },
    {
      title: 'Age of dead letters (deleted at 1,209,600)',
      unit: 'seconds',
      metrics: ofDeadLetters(stage, 'ApproximateAgeOfOldestMessage'),
    },
  ),
];

export { dataRows };
