import { Duration, RemovalPolicy } from 'aws-cdk-lib';
import { Archive, EventBus, Match, Rule } from 'aws-cdk-lib/aws-events';
import { SqsQueue } from 'aws-cdk-lib/aws-events-targets';
import { PolicyStatement, ServicePrincipal } from 'aws-cdk-lib/aws-iam';
import { LogGroup, ResourcePolicy, RetentionDays } from 'aws-cdk-lib/aws-logs';
import type { IQueue } from 'aws-cdk-lib/aws-sqs';
import { Construct } from 'constructs';
import {
  EVENT_ARCHIVE_DAYS,
  EVENT_SOURCE,
  eventsLogGroupName,
  FUNCTIONS,
  type FunctionName,
  QUEUES,
  resourceName,
  TARGET_DLQ,
} from '../lib/constants.ts';
import { eventsConsumedBy } from '../lib/events/catalogue.ts';
import { DeadLetterQueue } from './dead-letter-queue.ts';
import { DroverFunction } from './drover-function.ts';
import { LogGroupTarget } from './log-group-target.ts';
import { QueueWithDlq } from './queue-with-dlq.ts';
import { keepsState } from './stage.ts';

const ROUTE_TIMEOUT_SECONDS = 20;
const ROUTE_CONCURRENCY = 5;

/** The bus, its archive and log, and the way in for events from outside. */
class Events extends Construct {
  readonly bus: EventBus;
  /** For rule and schedule targets that have no dead-letter queue of their own. */
  readonly targetDeadLetters: IQueue;
  readonly #stage: string;

  constructor(scope: Construct, id: string, stage: string) {
    super(scope, id);
    this.#stage = stage;
    this.bus = new EventBus(this, 'Bus', { eventBusName: resourceName(stage, 'events') });
    this.targetDeadLetters = new DeadLetterQueue(
      this,
      'TargetDeadLetters',
      stage,
      TARGET_DLQ,
      'EventBridge puts here what it could not deliver to targets that are no queues.',
    );
    new Archive(this, 'Archive', {
      archiveName: resourceName(stage, 'events'),
      sourceEventBus: this.bus,
      eventPattern: { source: Match.prefix('') },
      retention: Duration.days(EVENT_ARCHIVE_DAYS),
    });
    this.#logEverything();
    this.#routeExternal();
  }

  /** Sends the events that `consumer` handles, as the catalogue says, to its queue. */
  deliverTo(consumer: FunctionName, { queue, deadLetterQueue }: QueueWithDlq): void {
    new Rule(this, `To-${consumer}`, {
      ruleName: resourceName(this.#stage, consumer),
      description: `Events for ${consumer}`,
      eventBus: this.bus,
      // The complement of the `external` rule: between them no source is left out.
      eventPattern: { source: Match.prefix(EVENT_SOURCE), detailType: eventsConsumedBy(consumer) },
      targets: [new SqsQueue(queue, { deadLetterQueue })],
    });
  }

  #logEverything(): void {
    const logGroup = new LogGroup(this, 'Log', {
      logGroupName: eventsLogGroupName(this.#stage),
      retention: RetentionDays.ONE_MONTH,
      removalPolicy: keepsState(this.#stage)
        ? RemovalPolicy.RETAIN_ON_UPDATE_OR_DELETE
        : RemovalPolicy.DESTROY,
    });
    // Made here, not by the CDK's target: that one needs a function of its own to make the policy.
    const policy = new ResourcePolicy(this, 'LogPolicy', {
      resourcePolicyName: resourceName(this.#stage, 'events-log'),
      policyStatements: [
        new PolicyStatement({
          principals: [
            new ServicePrincipal('events.amazonaws.com'),
            new ServicePrincipal('delivery.logs.amazonaws.com'),
          ],
          actions: ['logs:CreateLogStream', 'logs:PutLogEvents'],
          resources: [logGroup.logGroupArn],
        }),
      ],
    });
    const rule = new Rule(this, 'LogRule', {
      ruleName: resourceName(this.#stage, 'log'),
      description: 'Every event, for people and for subscribers',
      eventBus: this.bus,
      eventPattern: { source: Match.prefix('') },
      targets: [new LogGroupTarget(logGroup, this.targetDeadLetters)],
    });
    rule.node.addDependency(policy);
  }

  #routeExternal(): void {
    const ingest = new QueueWithDlq(this, 'Ingest', {
      stage: this.#stage,
      name: QUEUES.ingest,
      consumerTimeoutSeconds: ROUTE_TIMEOUT_SECONDS,
      oldMessagesMean: 'Events from outside have no effect yet.',
    });
    new Rule(this, 'External', {
      ruleName: resourceName(this.#stage, 'external'),
      description: 'Events from outside, to be validated first',
      eventBus: this.bus,
      eventPattern: { source: Match.anythingButPrefix(EVENT_SOURCE) },
      targets: [new SqsQueue(ingest.queue, { deadLetterQueue: ingest.deadLetterQueue })],
    });
    const routeEvents = new DroverFunction(this, 'RouteEvents', {
      stage: this.#stage,
      name: FUNCTIONS.routeEvents,
      description: 'Validates events from outside and puts the canonical event on the bus',
      timeoutSeconds: ROUTE_TIMEOUT_SECONDS,
      memoryMegabytes: 256,
      environment: {
        eventBusName: this.bus.eventBusName,
        refusedQueueUrl: ingest.deadLetterQueue.queueUrl,
      },
    });
    ingest.consumeBy(routeEvents, ROUTE_CONCURRENCY);
    this.bus.grantPutEventsTo(routeEvents.role);
  }
}

export { Events };
