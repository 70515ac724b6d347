import { Construct } from 'constructs';
import { FUNCTIONS, QUEUES } from '../lib/constants.ts';
import { DroverFunction } from './drover-function.ts';
import type { Events } from './events.ts';
import { EveryMinute } from './every-minute.ts';
import type { NodeQueues } from './node-queues.ts';
import { QueueWithDlq } from './queue-with-dlq.ts';
import type { State } from './state.ts';

const DISPATCH_TIMEOUT_SECONDS = 60;
/** Runs at once are harmless, and bring little: all look at the same slots. */
const DISPATCH_CONCURRENCY = 2;

interface WorkProps {
  readonly stage: string;
  readonly state: State;
  readonly events: Events;
  readonly nodeQueues: NodeQueues;
}

/** From what waits to jobs on nodes. */
class Work extends Construct {
  readonly #props: WorkProps;

  constructor(scope: Construct, id: string, props: WorkProps) {
    super(scope, id);
    this.#props = props;
    this.#dispatch();
  }

  #dispatch(): void {
    const { stage, state, events, nodeQueues } = this.#props;
    const queue = new QueueWithDlq(this, 'Events', {
      stage,
      name: QUEUES.work,
      consumerTimeoutSeconds: DISPATCH_TIMEOUT_SECONDS,
      oldMessagesMean: 'Free slots get work once a minute only.',
    });
    events.deliverTo(FUNCTIONS.dispatchWork, queue);
    const dispatch = new DroverFunction(this, 'Dispatch', {
      stage,
      name: FUNCTIONS.dispatchWork,
      description: 'Gives what waits to nodes with a free slot, and looks after what they hold',
      timeoutSeconds: DISPATCH_TIMEOUT_SECONDS,
      // 10,000 nodes and what waits for them are in memory at once.
      memoryMegabytes: 1024,
      environment: {
        nodesTable: state.nodes.tableName,
        workTable: state.work.tableName,
        commandsTable: state.commands.tableName,
        controlTable: state.control.tableName,
        eventBusName: events.bus.eventBusName,
        nodeQueueUrlPrefix: nodeQueues.urlPrefix,
        refusedQueueUrl: queue.deadLetterQueue.queueUrl,
      },
    });
    queue.consumeBy(dispatch, DISPATCH_CONCURRENCY);
    const { role } = dispatch;
    state.nodes.allow(role, ['GetItem', 'BatchGetItem', 'UpdateItem'], ['byLifecycle']);
    state.work.allow(role, ['GetItem', 'PutItem'], ['byStatus', 'byUntold']);
    state.commands.allow(role, ['PutItem']);
    // Configuration, brake and pause; the holds.
    state.control.allow(role, ['GetItem', 'Query']);
    events.bus.grantPutEventsTo(role);
    nodeQueues.allowSending(role);
    dispatch.leaveRetriesToNextMinute();
    new EveryMinute(this, 'EveryMinute', {
      stage,
      name: `${FUNCTIONS.dispatchWork}-sweep`,
      description: 'Looks after the work that nodes hold',
      runs: dispatch,
      input: { sweep: true },
      deadLetters: events.targetDeadLetters,
    });
  }
}

export type { WorkProps };
export { Work };
