import { Construct } from 'constructs';
import { FUNCTIONS, POPULATE_TIMEOUT_SECONDS, QUEUES } from '../lib/constants.ts';
import { DroverFunction } from './drover-function.ts';
import type { Events } from './events.ts';
import { EveryMinute } from './every-minute.ts';
import { QueueWithDlq } from './queue-with-dlq.ts';
import type { State } from './state.ts';

const RATINGS_TIMEOUT_SECONDS = 20;
const RATINGS_CONCURRENCY = 2;

interface WorkPopulationProps {
  readonly stage: string;
  readonly state: State;
  readonly events: Events;
}

/** From campaigns to what waits. */
class WorkPopulation extends Construct {
  readonly #props: WorkPopulationProps;

  constructor(scope: Construct, id: string, props: WorkPopulationProps) {
    super(scope, id);
    this.#props = props;
    this.#recordRatings();
    this.#populate();
  }

  #recordRatings(): void {
    const { stage, state, events } = this.#props;
    const queue = new QueueWithDlq(this, 'Ratings', {
      stage,
      name: QUEUES.ratings,
      consumerTimeoutSeconds: RATINGS_TIMEOUT_SECONDS,
      oldMessagesMean: 'How campaigns do is known late.',
    });
    events.deliverTo(FUNCTIONS.recordRatings, queue);
    const record = new DroverFunction(this, 'RecordRatings', {
      stage,
      name: FUNCTIONS.recordRatings,
      description: 'Records the ratings of campaigns',
      timeoutSeconds: RATINGS_TIMEOUT_SECONDS,
      memoryMegabytes: 256,
      environment: {
        campaignsTable: state.campaigns.tableName,
        controlTable: state.control.tableName,
        refusedQueueUrl: queue.deadLetterQueue.queueUrl,
      },
    });
    queue.consumeBy(record, RATINGS_CONCURRENCY);
    state.campaigns.allow(record.role, ['GetItem', 'PutItem']);
    // Configuration; the marks of events that were handled.
    state.control.allow(record.role, ['GetItem', 'PutItem']);
  }

  #populate(): void {
    const { stage, state, events } = this.#props;
    const populate = new DroverFunction(this, 'Populate', {
      stage,
      name: FUNCTIONS.populateQueue,
      description: 'Each minute: keeps as much work waiting as the fleet does in two hours',
      timeoutSeconds: POPULATE_TIMEOUT_SECONDS,
      // 10,000 nodes are in memory at once.
      memoryMegabytes: 1024,
      environment: {
        nodesTable: state.nodes.tableName,
        workTable: state.work.tableName,
        campaignsTable: state.campaigns.tableName,
        controlTable: state.control.tableName,
        eventBusName: events.bus.eventBusName,
      },
    });
    const { role } = populate;
    state.nodes.allow(role, ['BatchGetItem'], ['byLifecycle']);
    state.work.allow(role, ['PutItem'], ['byStatus']);
    state.campaigns.allow(role, ['BatchGetItem']);
    // Configuration, pause, holds, the last cycle; the lease.
    state.control.allow(role, ['GetItem', 'Query', 'PutItem', 'UpdateItem']);
    events.bus.grantPutEventsTo(role);
    populate.leaveRetriesToNextMinute();
    new EveryMinute(this, 'EveryMinute', {
      stage,
      name: FUNCTIONS.populateQueue,
      description: 'Keeps work waiting',
      runs: populate,
      deadLetters: events.targetDeadLetters,
    });
  }
}

export type { WorkPopulationProps };
export { WorkPopulation };
