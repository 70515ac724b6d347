import { Duration } from 'aws-cdk-lib';
import { Stats, TreatMissingData } from 'aws-cdk-lib/aws-cloudwatch';
import { SqsEventSource } from 'aws-cdk-lib/aws-lambda-event-sources';
import { type IQueue, Queue, QueueEncryption } from 'aws-cdk-lib/aws-sqs';
import { Construct } from 'constructs';
import { deadLetterName, MAX_RECEIVE_COUNT, resourceName } from '../lib/constants.ts';
import { DeadLetterQueue } from './dead-letter-queue.ts';
import { queueLink } from './deep-links.ts';
import { DroverAlarm } from './drover-alarm.ts';
import type { DroverFunction } from './drover-function.ts';

/** AWS's own advice for a queue that a function consumes: six times the function's timeout. */
const VISIBILITY_PER_TIMEOUT = 6;
/** A retry comes after one visibility timeout, 6 min at most. What one retry takes beyond this is shorter than the minutes until the alarm. */
const OLD_MESSAGE_SECONDS = 300;
const MINUTES_UNTIL_ALARM = 3;

interface QueueWithDlqProps {
  readonly stage: string;
  /** The part of the name after `drover-<stage>-`. */
  readonly name: string;
  /** The longest run of the function that consumes it. */
  readonly consumerTimeoutSeconds: number;
  /** Alarms when the oldest message is older than this for three minutes. Default 300. */
  readonly oldMessageSeconds?: number;
  /** What follows from messages that old, as a sentence. */
  readonly oldMessagesMean: string;
}

/** A queue that a function consumes, and the queue for what it could not or would not take. */
class QueueWithDlq extends Construct {
  readonly queue: IQueue;
  readonly deadLetterQueue: IQueue;
  readonly #visibilitySeconds: number;

  constructor(scope: Construct, id: string, props: QueueWithDlqProps) {
    super(scope, id);
    const { stage, name, consumerTimeoutSeconds } = props;
    this.#visibilitySeconds = consumerTimeoutSeconds * VISIBILITY_PER_TIMEOUT;
    this.deadLetterQueue = new DeadLetterQueue(this, 'DeadLetters', stage, deadLetterName(name));
    this.queue = new Queue(this, 'Queue', {
      queueName: resourceName(stage, name),
      encryption: QueueEncryption.SQS_MANAGED,
      enforceSSL: true,
      visibilityTimeout: Duration.seconds(this.#visibilitySeconds),
      deadLetterQueue: { queue: this.deadLetterQueue, maxReceiveCount: MAX_RECEIVE_COUNT },
    });
    this.#alarm(props);
  }

  #alarm({ stage, name, oldMessageSeconds = OLD_MESSAGE_SECONDS, oldMessagesMean }: QueueWithDlqProps): void {
    new DroverAlarm(this, 'OldMessages', {
      name: `${name}-old-messages`,
      severity: 'warning',
      means: `The oldest message in ${name} is older than ${oldMessageSeconds} s. ${oldMessagesMean}`,
      firstLook: `the log of its function. Is it failing, throttled, or is there more than it can take?`,
      section: 'old-messages',
      links: [queueLink(this, resourceName(stage, name))],
      metric: this.queue.metricApproximateAgeOfOldestMessage({
        period: Duration.minutes(1),
        statistic: Stats.MAXIMUM,
      }),
      breaches: { above: oldMessageSeconds },
      periods: MINUTES_UNTIL_ALARM,
      missingData: {
        treat: TreatMissingData.NOT_BREACHING,
        because: 'SQS sends no metric of a queue that nobody uses, and that one is empty',
      },
    });
  }

  /**
   * `consumer` receives the messages, ten at a time, answers for each, and may put what it refuses into the
   * dead-letter queue.
   * @param maxConcurrency batches at once, at least 2. Not reserved concurrency: new accounts have none to give.
   */
  consumeBy(consumer: DroverFunction, maxConcurrency: number): void {
    if (consumer.timeoutSeconds * VISIBILITY_PER_TIMEOUT > this.#visibilitySeconds) {
      throw new Error(
        `${this.node.path}: ${consumer.node.path} may run ${consumer.timeoutSeconds} s, longer than the queue was made for`,
      );
    }
    consumer.lambda.addEventSource(
      new SqsEventSource(this.queue, { batchSize: 10, reportBatchItemFailures: true, maxConcurrency }),
    );
    this.deadLetterQueue.grantSendMessages(consumer.role);
  }
}

export type { QueueWithDlqProps };
export { QueueWithDlq };
