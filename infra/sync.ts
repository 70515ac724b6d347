import { TreatMissingData } from 'aws-cdk-lib/aws-cloudwatch';
import { Construct } from 'constructs';
import { FUNCTIONS, METRICS, QUEUES, resourceName } from '../lib/constants.ts';
import { functionLogLink } from './deep-links.ts';
import { allowDistributing, type DistributingProps, distributingEnvironment } from './distributing.ts';
import { DroverAlarm } from './drover-alarm.ts';
import { DroverFunction } from './drover-function.ts';
import { droverMetric } from './drover-metric.ts';
import { QueueWithDlq } from './queue-with-dlq.ts';

const TIMEOUT_SECONDS = 60;
const CONCURRENCY = 5;
/** Longer than any batch or retry takes: a node that is so far behind does not get there by itself. */
const BACKLOG_SECONDS = 900;

/** Data that is new, missing or too old somewhere: nodes are told to flush, and what the store has goes where it is needed. */
class Sync extends Construct {
  constructor(scope: Construct, id: string, props: DistributingProps) {
    super(scope, id);
    const { stage, events } = props;
    const queue = new QueueWithDlq(this, 'Events', {
      stage,
      name: QUEUES.sync,
      consumerTimeoutSeconds: TIMEOUT_SECONDS,
      oldMessagesMean: 'New data reaches the store and the nodes that need it late.',
    });
    events.deliverTo(FUNCTIONS.dispatchSync, queue);
    const dispatch = new DroverFunction(this, 'Dispatch', {
      stage,
      name: FUNCTIONS.dispatchSync,
      description: 'Tells nodes to flush, and starts what brings data to nodes',
      timeoutSeconds: TIMEOUT_SECONDS,
      memoryMegabytes: 512,
      environment: {
        ...distributingEnvironment(props),
        refusedQueueUrl: queue.deadLetterQueue.queueUrl,
      },
    });
    queue.consumeBy(dispatch, CONCURRENCY);
    allowDistributing(dispatch.role, props);
    this.#alarmOnBlocked(stage);
    this.#alarmOnBacklog(stage);
  }

  /** A receiver that is blocked in silence was the replaced system's most expensive fault. */
  #alarmOnBlocked(stage: string): void {
    new DroverAlarm(this, 'BlockedReceivers', {
      name: 'blocked-receivers',
      severity: 'warning',
      means:
        'Nodes can be sent no data for longer than the section sync allows (900 s): their disks are full or unknown, or they are excluded.',
      firstLook: 'npx drover sync status: which nodes, why, and since when.',
      section: 'blocked-receivers',
      links: [functionLogLink(this, resourceName(stage, FUNCTIONS.sweepDeliveries))],
      metric: droverMetric({
        name: METRICS.blockedReceivers,
        source: FUNCTIONS.sweepDeliveries,
        statistic: 'Minimum',
      }),
      breaches: { above: 0 },
      periods: 2,
      missingData: {
        treat: TreatMissingData.IGNORE,
        because:
          'only a look can find that nobody is blocked; a sweep that does not run has an alarm of its own',
      },
    });
  }

  /** That the agents run says nothing: what counts is that data arrives (sync L15, L17). */
  #alarmOnBacklog(stage: string): void {
    new DroverAlarm(this, 'Backlog', {
      name: 'sync-backlog',
      severity: 'critical',
      means: `Data that was put on a node should have been in the store ${BACKLOG_SECONDS / 60} minutes ago: should the machine vanish, it is lost.`,
      firstLook: 'npx drover sync status: which nodes hold data back, and for how long.',
      section: 'sync-backlog',
      links: [functionLogLink(this, resourceName(stage, FUNCTIONS.sweepDeliveries))],
      metric: droverMetric({
        name: METRICS.syncBacklogSeconds,
        source: FUNCTIONS.sweepDeliveries,
        statistic: 'Minimum',
      }),
      breaches: { above: BACKLOG_SECONDS },
      periods: 2,
      missingData: {
        treat: TreatMissingData.IGNORE,
        because:
          'only a look can find that nothing is overdue; a sweep that does not run has an alarm of its own',
      },
    });
  }
}

export { Sync };
