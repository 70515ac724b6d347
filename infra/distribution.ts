import { Grant } from 'aws-cdk-lib/aws-iam';
import { Construct } from 'constructs';
import { FUNCTIONS, QUEUES } from '../lib/constants.ts';
import type { Artifacts } from './artifacts.ts';
import { DroverFunction } from './drover-function.ts';
import type { Events } from './events.ts';
import { EveryMinute } from './every-minute.ts';
import type { NodeQueues } from './node-queues.ts';
import { QueueWithDlq } from './queue-with-dlq.ts';
import type { State } from './state.ts';

const DISPATCH_TIMEOUT_SECONDS = 30;
const DISPATCH_CONCURRENCY = 5;
const SWEEP_TIMEOUT_SECONDS = 60;

interface DistributionProps {
  readonly stage: string;
  readonly state: State;
  readonly events: Events;
  readonly artifacts: Artifacts;
  readonly nodeQueues: NodeQueues;
}

/** From an event to files on nodes: starts distributions, and each minute repairs what a crash or a silent node left. */
class Distribution extends Construct {
  readonly #props: DistributionProps;

  constructor(scope: Construct, id: string, props: DistributionProps) {
    super(scope, id);
    this.#props = props;
    this.#dispatch();
    this.#sweep();
  }

  #dispatch(): void {
    const { stage, state, events, artifacts, nodeQueues } = this.#props;
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
        nodesTable: state.nodes.tableName,
        artifactsTable: state.artifacts.tableName,
        commandsTable: state.commands.tableName,
        distributionsTable: state.distributions.tableName,
        controlTable: state.control.tableName,
        auditTable: state.audit.tableName,
        eventBusName: events.bus.eventBusName,
        artifactBucket: artifacts.bucket.bucketName,
        nodeQueueUrlPrefix: nodeQueues.urlPrefix,
        refusedQueueUrl: queue.deadLetterQueue.queueUrl,
      },
    });
    queue.consumeBy(dispatch, DISPATCH_CONCURRENCY);
    this.#allowDistributing(dispatch);
  }

  #sweep(): void {
    const { stage, state, events, artifacts, nodeQueues } = this.#props;
    const sweep = new DroverFunction(this, 'Sweep', {
      stage,
      name: FUNCTIONS.sweepDeliveries,
      description: 'Each minute: deadlines, retries, closing events, queues of nodes that are gone',
      timeoutSeconds: SWEEP_TIMEOUT_SECONDS,
      memoryMegabytes: 512,
      environment: {
        nodesTable: state.nodes.tableName,
        artifactsTable: state.artifacts.tableName,
        commandsTable: state.commands.tableName,
        distributionsTable: state.distributions.tableName,
        controlTable: state.control.tableName,
        auditTable: state.audit.tableName,
        eventBusName: events.bus.eventBusName,
        artifactBucket: artifacts.bucket.bucketName,
        nodeQueueUrlPrefix: nodeQueues.urlPrefix,
      },
    });
    this.#allowDistributing(sweep);
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

  /** What starting a distribution and moving it on take: both functions do that. */
  #allowDistributing({ role }: DroverFunction): void {
    const { state, events, nodeQueues } = this.#props;
    state.nodes.allow(role, ['GetItem'], ['byLifecycle']);
    state.artifacts.allow(role, ['GetItem', 'Query', 'PutItem', 'UpdateItem'], ['byName', 'byDeliveryState']);
    state.commands.allow(role, ['GetItem', 'PutItem']);
    state.distributions.allow(role, ['GetItem', 'PutItem', 'UpdateItem']);
    state.control.allow(role, ['GetItem', 'PutItem', 'UpdateItem']);
    state.audit.allow(role, ['PutItem']);
    events.bus.grantPutEventsTo(role);
    Grant.addToPrincipal({
      grantee: role,
      actions: ['sqs:SendMessage'],
      resourceArns: [nodeQueues.anyArn],
    }).assertSuccess();
  }
}

export { Distribution };
