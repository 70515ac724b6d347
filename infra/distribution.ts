import { Grant } from 'aws-cdk-lib/aws-iam';
import { Construct } from 'constructs';
import { FUNCTIONS, QUEUES } from '../lib/constants.ts';
import { allowDistributing, type DistributingProps, distributingEnvironment } from './distributing.ts';
import { DroverFunction } from './drover-function.ts';
import { EveryMinute } from './every-minute.ts';
import { QueueWithDlq } from './queue-with-dlq.ts';

const DISPATCH_TIMEOUT_SECONDS = 30;
const DISPATCH_CONCURRENCY = 5;
const SWEEP_TIMEOUT_SECONDS = 60;

/** From an event to files on nodes: starts distributions, and each minute repairs what a crash or a silent node left. */
class Distribution extends Construct {
  readonly #props: DistributingProps;

  constructor(scope: Construct, id: string, props: DistributingProps) {
    super(scope, id);
    this.#props = props;
    this.#dispatch();
    this.#sweep();
  }

  #dispatch(): void {
    const { stage, events } = this.#props;
    const queue = new QueueWithDlq(this, 'Events', {
      stage,
      name: QUEUES.distribution,
      consumerTimeoutSeconds: DISPATCH_TIMEOUT_SECONDS,
      oldMessagesMean: 'Promoted models reach the nodes late.',
    });
    events.deliverTo(FUNCTIONS.dispatchDistribution, queue);
    const dispatch = new DroverFunction(this, 'Dispatch', {
      stage,
      name: FUNCTIONS.dispatchDistribution,
      description: 'Starts distributions and sends commands while there are transfer slots',
      timeoutSeconds: DISPATCH_TIMEOUT_SECONDS,
      memoryMegabytes: 512,
      environment: {
        ...distributingEnvironment(this.#props),
        refusedQueueUrl: queue.deadLetterQueue.queueUrl,
      },
    });
    queue.consumeBy(dispatch, DISPATCH_CONCURRENCY);
    allowDistributing(dispatch.role, this.#props);
  }

  #sweep(): void {
    const { stage, state, events, nodeQueues } = this.#props;
    const sweep = new DroverFunction(this, 'Sweep', {
      stage,
      name: FUNCTIONS.sweepDeliveries,
      description: 'Each minute: deadlines, retries, closing events, queues of nodes that are gone',
      timeoutSeconds: SWEEP_TIMEOUT_SECONDS,
      memoryMegabytes: 512,
      environment: distributingEnvironment(this.#props),
    });
    allowDistributing(sweep.role, this.#props);
    state.distributions.allow(sweep.role, [], ['byState']);
    // Answers that will not come: of commands past their deadline, and of nodes that ended.
    state.commands.allow(sweep.role, ['UpdateItem'], ['byNodeStatus']);
    // Queues of ended nodes: first the holds are read, at the end the node item says that its queue is gone. All active nodes are looked
    // at, for those that can be sent nothing.
    state.control.allow(sweep.role, ['Query']);
    state.nodes.allow(sweep.role, ['BatchGetItem', 'UpdateItem']);
    Grant.addToPrincipal({
      grantee: sweep.role,
      actions: ['sqs:DeleteQueue'],
      resourceArns: [nodeQueues.anyArn],
    }).assertSuccess();
    sweep.leaveRetriesToNextMinute();
    new EveryMinute(this, 'EveryMinute', {
      stage,
      name: FUNCTIONS.sweepDeliveries,
      description: 'Runs the sweep',
      runs: sweep,
      deadLetters: events.targetDeadLetters,
    });
  }
}

export { Distribution };
