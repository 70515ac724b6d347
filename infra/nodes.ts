import { CfnOutput, Duration, Stack } from 'aws-cdk-lib';
import { Metric, Stats, TreatMissingData } from 'aws-cdk-lib/aws-cloudwatch';
import { AnyPrincipal, Effect, Grant, PolicyStatement } from 'aws-cdk-lib/aws-iam';
import { FunctionUrlAuthType } from 'aws-cdk-lib/aws-lambda';
import { Construct } from 'constructs';
import {
  deadLetterName,
  ENROL_FUNCTION_SECONDS,
  FUNCTIONS,
  NODE_QUEUE_PART,
  OUTPUTS,
  QUEUES,
  resourceName,
} from '../lib/constants.ts';
import type { Artifacts } from './artifacts.ts';
import { DeadLetterQueue } from './dead-letter-queue.ts';
import { functionLogLink } from './deep-links.ts';
import { DroverAlarm } from './drover-alarm.ts';
import { DroverFunction } from './drover-function.ts';
import type { Events } from './events.ts';
import type { NodeQueues } from './node-queues.ts';
import { NodeRole } from './node-role.ts';
import { QueueWithDlq } from './queue-with-dlq.ts';
import type { State } from './state.ts';

const REPORTS_TIMEOUT_SECONDS = 30;
const REPORTS_CONCURRENCY = 10;
/** Reports that waited longer make health unknown, not bad (design.md section 1). */
const OLD_REPORT_SECONDS = 60;
const REFUSING_MINUTES = 3;
const REFUSING_WINDOW_MINUTES = 5;

interface NodesProps {
  readonly stage: string;
  readonly state: State;
  readonly events: Events;
  readonly artifacts: Artifacts;
  readonly nodeQueues: NodeQueues;
}

/** How a machine becomes a node, and how nodes report. */
class Nodes extends Construct {
  readonly #props: NodesProps;
  /** What agents send. */
  readonly reports: QueueWithDlq;

  constructor(scope: Construct, id: string, props: NodesProps) {
    super(scope, id);
    this.#props = props;
    this.reports = new QueueWithDlq(this, 'Reports', {
      stage: props.stage,
      name: QUEUES.reports,
      consumerTimeoutSeconds: REPORTS_TIMEOUT_SECONDS,
      oldMessageSeconds: OLD_REPORT_SECONDS,
      oldMessagesMean:
        'What nodes said is not known yet: health counts as unknown, and nothing destructive happens.',
    });
    const enrollNode = this.#enrollNode();
    const nodeRole = new NodeRole(this, 'NodeRole', {
      stage: props.stage,
      enroller: enrollNode.role,
      nodeQueues: props.nodeQueues,
      reports: this.reports.queue,
    });
    enrollNode.setVariables({ nodeRoleArn: nodeRole.roleArn });
    props.artifacts.allowNodes(nodeRole);
    this.#acceptReportsOnlyFrom(nodeRole);
    this.#recordReports(nodeRole);
  }

  #enrollNode(): DroverFunction {
    const { stage, state, events, artifacts, nodeQueues } = this.#props;
    const deadLetters = new DeadLetterQueue(
      this,
      'NodeDeadLetters',
      stage,
      deadLetterName(NODE_QUEUE_PART),
      'the queues of nodes redrive here, and enroll-node makes them at run time.',
    );
    const enrollNode = new DroverFunction(this, 'EnrollNode', {
      stage,
      name: FUNCTIONS.enrollNode,
      description: 'Enrols nodes and gives them their credentials',
      timeoutSeconds: ENROL_FUNCTION_SECONDS,
      memoryMegabytes: 512,
      environment: {
        stage,
        nodesTable: state.nodes.tableName,
        identityTable: state.identity.tableName,
        auditTable: state.audit.tableName,
        eventBusName: events.bus.eventBusName,
        artifactBucket: artifacts.bucket.bucketName,
        reportsQueueUrl: this.reports.queue.queueUrl,
        nodeQueueUrlPrefix: nodeQueues.urlPrefix,
        nodeQueueArnPrefix: nodeQueues.arnPrefix,
        nodeDeadLetterQueueArn: deadLetters.queueArn,
      },
    });
    // Open to the internet: nodes have no AWS identity before they enrol. The join token or node secret is checked inside.
    const url = enrollNode.lambda.addFunctionUrl({ authType: FunctionUrlAuthType.NONE });
    new CfnOutput(Stack.of(this), OUTPUTS.enrolmentUrl, { value: url.url });
    state.nodes.allow(enrollNode.role, ['GetItem', 'PutItem', 'UpdateItem']);
    state.identity.allow(enrollNode.role, ['GetItem', 'PutItem', 'UpdateItem']);
    state.audit.allow(enrollNode.role, ['PutItem']);
    events.bus.grantPutEventsTo(enrollNode.role);
    Grant.addToPrincipal({
      grantee: enrollNode.role,
      actions: ['sqs:CreateQueue', 'sqs:SetQueueAttributes', 'sqs:GetQueueUrl', 'sqs:GetQueueAttributes'],
      resourceArns: [nodeQueues.anyArn],
    }).assertSuccess();
    this.#alarmOnRefusing(enrollNode);
    return enrollNode;
  }

  /** The function answers 503 where it fails, so that agents try again: its metric `Errors` stays at zero. */
  #alarmOnRefusing({ lambda, name }: DroverFunction): void {
    new DroverAlarm(this, 'EnrolmentFailing', {
      name: 'enrolment-failing',
      severity: 'warning',
      means:
        'The enrolment API failed: machines cannot join, and nodes lose their credentials within the hour.',
      firstLook: `the log of ${name}, the lines "request failed".`,
      section: 'enrolment-failing',
      links: [functionLogLink(this, resourceName(this.#props.stage, name))],
      metric: new Metric({
        namespace: 'AWS/Lambda',
        metricName: 'Url5xxCount',
        dimensionsMap: { FunctionName: lambda.functionName },
        statistic: Stats.SUM,
        period: Duration.minutes(1),
      }),
      breaches: { above: 0 },
      periods: REFUSING_WINDOW_MINUTES,
      breaching: REFUSING_MINUTES,
      missingData: {
        treat: TreatMissingData.NOT_BREACHING,
        because: 'without requests there is nothing that fails',
      },
    });
  }

  /** A denial, because an identity policy elsewhere in the account could allow others to send. */
  #acceptReportsOnlyFrom(nodeRole: NodeRole): void {
    this.reports.queue.addToResourcePolicy(
      new PolicyStatement({
        sid: 'OnlyNodesSend',
        effect: Effect.DENY,
        principals: [new AnyPrincipal()],
        actions: ['sqs:SendMessage'],
        resources: [this.reports.queue.queueArn],
        conditions: { ArnNotEquals: { 'aws:PrincipalArn': nodeRole.roleArn } },
      }),
    );
  }

  #recordReports(nodeRole: NodeRole): void {
    const { stage, state, events, artifacts } = this.#props;
    const recordReports = new DroverFunction(this, 'RecordReports', {
      stage,
      name: FUNCTIONS.recordReports,
      description: 'Records what nodes report: heartbeats, inventories, results of commands, uploads',
      timeoutSeconds: REPORTS_TIMEOUT_SECONDS,
      memoryMegabytes: 512,
      environment: {
        nodesTable: state.nodes.tableName,
        artifactsTable: state.artifacts.tableName,
        commandsTable: state.commands.tableName,
        distributionsTable: state.distributions.tableName,
        workTable: state.work.tableName,
        controlTable: state.control.tableName,
        auditTable: state.audit.tableName,
        eventBusName: events.bus.eventBusName,
        artifactBucket: artifacts.bucket.bucketName,
        nodeRoleId: nodeRole.roleId,
        refusedQueueUrl: this.reports.deadLetterQueue.queueUrl,
      },
    });
    this.reports.consumeBy(recordReports, REPORTS_CONCURRENCY);
    state.nodes.allow(recordReports.role, ['GetItem', 'UpdateItem']);
    // By name: what a node uploaded must not take a version that means other bytes.
    state.artifacts.allow(recordReports.role, ['GetItem', 'PutItem', 'UpdateItem'], ['byName']);
    state.commands.allow(recordReports.role, ['GetItem', 'UpdateItem']);
    state.distributions.allow(recordReports.role, ['GetItem', 'UpdateItem']);
    state.work.allow(recordReports.role, ['GetItem', 'PutItem']);
    // Reads the applied configuration and frees transfer slots; taking them is for those who send commands.
    state.control.allow(recordReports.role, ['GetItem', 'UpdateItem']);
    state.audit.allow(recordReports.role, ['PutItem']);
    events.bus.grantPutEventsTo(recordReports.role);
    artifacts.allowReading(recordReports.role);
  }
}

export { Nodes };
