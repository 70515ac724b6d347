import { FUNCTIONS, METRICS, QUEUES } from '../../lib/constants.ts';
import { droverMetric } from '../drover-metric.ts';
import { heading, rowOf } from './graphs.ts';
import { ofFunction, ofQueues, percentiles } from './metrics.ts';
import type { Rows } from './rows.ts';

const { populateQueue, routeEvents, recordReports, dispatchDistribution, sweepDeliveries, dispatchWork } =
  FUNCTIONS;
const CONSUMERS = [routeEvents, recordReports, dispatchDistribution, dispatchWork] as const;

/** Is work flowing? */
const workRows: Rows = ({ stage }) => [
  [heading('Is work flowing?')],
  rowOf(
    {
      title: 'Event latency: said until handled',
      unit: 'seconds',
      metrics: percentiles(dispatchDistribution, METRICS.eventLatencySeconds),
    },
    {
      title: 'Command latency: issued until answered',
      unit: 'seconds',
      metrics: percentiles(recordReports, METRICS.commandLatencySeconds),
    },
    {
      title: 'Age of the oldest message',
      unit: 'seconds',
      metrics: ofQueues(stage, Object.values(QUEUES), 'ApproximateAgeOfOldestMessage'),
    },
  ),
  rowOf(
    {
      title: 'Jobs that wait, and nodes with a free slot',
      unit: '',
      metrics: ofFunction(dispatchWork, 'Maximum', METRICS.workWaiting, METRICS.freeNodes),
    },
    {
      title: 'Jobs given to nodes',
      unit: 'jobs',
      metrics: ofFunction(dispatchWork, 'Sum', METRICS.workAssigned),
    },
    {
      title: 'Refusals of jobs, and of reports about them',
      unit: '',
      metrics: [
        ...ofFunction(dispatchWork, 'Sum', METRICS.workRefusals),
        ...ofFunction(recordReports, 'Sum', METRICS.workReportsRefused),
      ],
    },
  ),
  rowOf(
    {
      title: 'Jobs that wait, by class',
      unit: 'jobs',
      stacked: true,
      metrics: ofFunction(
        populateQueue,
        'Maximum',
        METRICS.queueDepthCpu,
        METRICS.queueDepthGpu,
        METRICS.queueDepthGpuLarge,
      ),
    },
    {
      title: 'Jobs made for campaigns',
      unit: 'jobs',
      metrics: ofFunction(populateQueue, 'Sum', METRICS.workMade),
    },
    {
      title: 'Work that started with brakes unread',
      unit: 'times',
      metrics: [
        ...ofFunction(dispatchWork, 'Sum', METRICS.workGateOpened),
        ...ofFunction(populateQueue, 'Sum', METRICS.workGateOpened),
      ],
    },
    {
      title: 'Backpressure (1 slow, 2 stop)',
      unit: 'level',
      metrics: ofFunction(
        populateQueue,
        'Maximum',
        METRICS.backpressureLevel,
        METRICS.queueDepthUnknown,
        METRICS.starvedClasses,
      ),
    },
  ),
  rowOf(
    {
      title: 'Deliveries under way',
      unit: 'deliveries',
      stacked: true,
      metrics: ofFunction(
        sweepDeliveries,
        'Maximum',
        METRICS.deliveriesPending,
        METRICS.deliveriesSent,
        METRICS.deliveriesTransferring,
      ),
    },
    {
      title: 'Deliveries that ended',
      unit: 'deliveries',
      metrics: ofFunction(dispatchDistribution, 'Sum', METRICS.deliveriesVerified, METRICS.deliveriesFailed),
    },
    {
      title: 'Records handled',
      unit: 'records',
      metrics: CONSUMERS.map((source) =>
        droverMetric({ name: METRICS.recordsHandled, source, statistic: 'Sum', label: source }),
      ),
    },
    {
      title: 'Open distributions',
      unit: 'distributions',
      metrics: ofFunction(sweepDeliveries, 'Maximum', METRICS.openDistributions),
    },
  ),
];

export { workRows };
