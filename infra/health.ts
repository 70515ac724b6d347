import { Grant } from 'aws-cdk-lib/aws-iam';
import type { IQueue } from 'aws-cdk-lib/aws-sqs';
import { Construct } from 'constructs';
import { FUNCTIONS, QUEUES, SCORE_TIMEOUT_SECONDS } from '../lib/constants.ts';
import type { Artifacts } from './artifacts.ts';
import { DroverFunction } from './drover-function.ts';
import type { Events } from './events.ts';
import { EveryMinute } from './every-minute.ts';
import { QueueWithDlq } from './queue-with-dlq.ts';
import type { State } from './state.ts';

const OUTCOMES_TIMEOUT_SECONDS = 20;
const OUTCOMES_CONCURRENCY = 5;

interface HealthProps {
  readonly stage: string;
  readonly state: State;
  readonly events: Events;
  readonly artifacts: Artifacts;
  /** Its length tells silent nodes from reports that nobody takes. */
  readonly reports: IQueue;
}

/** How the fleet is: what went wrong is recorded as it happens, and evaluated each minute. */
class Health extends Construct {
  readonly #props: HealthProps;

  constructor(scope: Construct, id: string, props: HealthProps) {
    super(scope, id);
    this.#props = props;
    this.#recordOutcomes();
    this.#score();
  }

  #recordOutcomes(): void {
    const { stage, state, events } = this.#props;
    const queue = new QueueWithDlq(this, 'Events', {
      stage,
      name: QUEUES.outcomes,
      consumerTimeoutSeconds: OUTCOMES_TIMEOUT_SECONDS,
      oldMessagesMean: 'How attempts end reaches the score of the system late.',
    });
    events.deliverTo(FUNCTIONS.recordOutcomes, queue);
    const record = new DroverFunction(this, 'RecordOutcomes', {
      stage,
      name: FUNCTIONS.recordOutcomes,
      description: 'Records how attempts ended, of the pipeline and of Drover itself',
      timeoutSeconds: OUTCOMES_TIMEOUT_SECONDS,
      memoryMegabytes: 256,
      environment: {
        controlTable: state.control.tableName,
        refusedQueueUrl: queue.deadLetterQueue.queueUrl,
      },
    });
    queue.consumeBy(record, OUTCOMES_CONCURRENCY);
    state.control.allow(record.role, ['GetItem', 'PutItem']);
  }

  #score(): void {
    const { stage, state, events, artifacts, reports } = this.#props;
    const score = new DroverFunction(this, 'Score', {
      stage,
      name: FUNCTIONS.scoreHealth,
      description: 'Each minute: the health of nodes, the score of the system, the pause of the pipeline',
      timeoutSeconds: SCORE_TIMEOUT_SECONDS,
      // 10,000 nodes and their instances are in memory at once.
      memoryMegabytes: 1024,
      environment: {
        nodesTable: state.nodes.tableName,
        instancesTable: state.instances.tableName,
        controlTable: state.control.tableName,
        auditTable: state.audit.tableName,
        eventBusName: events.bus.eventBusName,
        artifactBucket: artifacts.bucket.bucketName,
        reportsQueueUrl: reports.queueUrl,
      },
    });
    state.nodes.allow(score.role, ['BatchGetItem', 'UpdateItem'], ['byLifecycle']);
    state.instances.allow(score.role, ['Query']);
    state.control.allow(score.role, ['GetItem', 'Query', 'PutItem', 'UpdateItem']);
    state.audit.allow(score.role, ['PutItem']);
    artifacts.allowTellingNodes(score.role);
    Grant.addToPrincipal({
      grantee: score.role,
      actions: ['sqs:GetQueueAttributes'],
      resourceArns: [reports.queueArn],
    }).assertSuccess();
    events.bus.grantPutEventsTo(score.role);
    score.leaveRetriesToNextMinute();
    new EveryMinute(this, 'EveryMinute', {
      stage,
      name: FUNCTIONS.scoreHealth,
      description: 'Evaluates the health of the fleet',
      runs: score,
      deadLetters: events.targetDeadLetters,
    });
  }
}

export type { HealthProps };
export { Health };
