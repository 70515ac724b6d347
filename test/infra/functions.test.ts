import { describe, expect, it } from 'vitest';
import * as z from 'zod';
import { ENV, FUNCTIONS, type FunctionName } from '../../lib/constants.ts';
import { synthesized } from './support/synthesized.ts';

const stack = synthesized('prod');
const functionSchema = z.looseObject({
  FunctionName: z.string(),
  Timeout: z.int(),
  Environment: z.object({ Variables: z.record(z.string(), z.unknown()) }),
});
const functionNamed = (name: FunctionName) => {
  const [logicalId, { Properties }] = stack.named(
    'AWS::Lambda::Function',
    'FunctionName',
    `drover-prod-${name}`,
  );
  return { logicalId, properties: functionSchema.parse(Properties) };
};

const DISTRIBUTING = [
  'nodesTable',
  'artifactsTable',
  'commandsTable',
  'distributionsTable',
  'controlTable',
  'auditTable',
  'eventBusName',
  'artifactBucket',
] as const;

/** What each entry point reads at its start. */
const READS: Readonly<Record<FunctionName, readonly (keyof typeof ENV)[]>> = {
  'enroll-node': [
    'stage',
    'nodesTable',
    'identityTable',
    'auditTable',
    'eventBusName',
    'artifactBucket',
    'reportsQueueUrl',
    'nodeQueueUrlPrefix',
    'nodeQueueArnPrefix',
    'nodeDeadLetterQueueArn',
    'nodeRoleArn',
  ],
  'route-events': ['eventBusName', 'refusedQueueUrl'],
  'record-reports': [...DISTRIBUTING, 'workTable', 'nodeRoleId', 'refusedQueueUrl'],
  'dispatch-distribution': [...DISTRIBUTING, 'nodeQueueUrlPrefix', 'refusedQueueUrl'],
  'dispatch-sync': [...DISTRIBUTING, 'nodeQueueUrlPrefix', 'refusedQueueUrl'],
  'sweep-deliveries': [...DISTRIBUTING, 'nodeQueueUrlPrefix'],
  'shut-down-idle': [
    'stage',
    'nodesTable',
    'artifactsTable',
    'commandsTable',
    'instancesTable',
    'workTable',
    'controlTable',
    'auditTable',
    'eventBusName',
    'artifactBucket',
    'nodeQueueUrlPrefix',
  ],
  'reconcile-instances': [
    'stage',
    'nodesTable',
    'instancesTable',
    'controlTable',
    'auditTable',
    'eventBusName',
  ],
  'repair-replication': [
    'nodesTable',
    'artifactsTable',
    'commandsTable',
    'controlTable',
    'auditTable',
    'eventBusName',
    'artifactBucket',
    'nodeQueueUrlPrefix',
  ],
  'record-outcomes': ['controlTable', 'refusedQueueUrl'],
  'record-ratings': ['campaignsTable', 'controlTable', 'refusedQueueUrl'],
  'populate-queue': ['nodesTable', 'workTable', 'campaignsTable', 'controlTable', 'eventBusName'],
  'dispatch-work': [
    'nodesTable',
    'workTable',
    'commandsTable',
    'controlTable',
    'eventBusName',
    'nodeQueueUrlPrefix',
    'refusedQueueUrl',
  ],
  'score-health': [
    'nodesTable',
    'instancesTable',
    'controlTable',
    'auditTable',
    'eventBusName',
    'artifactBucket',
    'reportsQueueUrl',
  ],
};

const consumers = [
  { name: FUNCTIONS.routeEvents, queue: 'drover-prod-ingest' },
  { name: FUNCTIONS.recordReports, queue: 'drover-prod-reports' },
  { name: FUNCTIONS.dispatchDistribution, queue: 'drover-prod-distribution' },
  { name: FUNCTIONS.recordOutcomes, queue: 'drover-prod-outcomes' },
  { name: FUNCTIONS.recordRatings, queue: 'drover-prod-ratings' },
  { name: FUNCTIONS.dispatchWork, queue: 'drover-prod-work' },
  { name: FUNCTIONS.dispatchSync, queue: 'drover-prod-sync' },
];

describe('functions', () => {
  it('are those of this release', () => {
    expect(stack.ofType('AWS::Lambda::Function')).toHaveLength(Object.values(FUNCTIONS).length);
  });

  it.each(Object.values(FUNCTIONS))('%s gets the variables that it reads and no other', (name) => {
    expect(Object.keys(functionNamed(name).properties.Environment.Variables).sort()).toEqual(
      READS[name].map((key) => ENV[key]).sort(),
    );
  });

  it.each(Object.values(FUNCTIONS))('%s runs on Node 24, ARM64, with its own role and log group', (name) => {
    const [role] = stack.named('AWS::IAM::Role', 'RoleName', `drover-prod-${name}`);
    const [logs] = stack.named('AWS::Logs::LogGroup', 'LogGroupName', `/aws/lambda/drover-prod-${name}`);

    const { properties } = functionNamed(name);

    expect(properties).toMatchObject({
      Runtime: 'nodejs24.x',
      Architectures: ['arm64'],
      Role: { 'Fn::GetAtt': [role, 'Arn'] },
      LoggingConfig: { LogGroup: { Ref: logs } },
    });
    expect(properties).not.toHaveProperty('ReservedConcurrentExecutions');
  });

  it('end within minutes, those that take messages within one: what takes longer is a job on a node [events#1.17-4]', () => {
    const consuming = new Set<string>(consumers.map(({ name }) => name));
    for (const name of Object.values(FUNCTIONS))
      expect(functionNamed(name).properties.Timeout).toBeLessThanOrEqual(consuming.has(name) ? 60 : 300);
  });

  it('hold no secret in a variable', () => {
    for (const name of Object.values(FUNCTIONS)) {
      const { Variables } = functionNamed(name).properties.Environment;
      expect(Object.keys(Variables).join()).not.toMatch(/SECRET|TOKEN|PASSWORD|API_KEY/);
    }
  });

  it('refuse into the dead-letter queue of their own source', () => {
    for (const { name, queue } of consumers) {
      const [deadLetters] = stack.named('AWS::SQS::Queue', 'QueueName', `${queue}-dlq`);
      expect(functionNamed(name).properties.Environment.Variables[ENV.refusedQueueUrl]).toEqual({
        Ref: deadLetters,
      });
    }
  });
});

describe('event sources', () => {
  it.each(consumers)('$name takes ten at a time from $queue and answers for each', ({ name, queue }) => {
    const [queueId, { Properties: queueProperties }] = stack.named('AWS::SQS::Queue', 'QueueName', queue);
    const { logicalId, properties } = functionNamed(name);
    const [, mapping] =
      stack
        .ofType('AWS::Lambda::EventSourceMapping')
        .find(([, { Properties }]) => JSON.stringify(Properties).includes(`"${logicalId}"`)) ?? [];

    expect(mapping?.Properties).toMatchObject({
      BatchSize: 10,
      EventSourceArn: { 'Fn::GetAtt': [queueId, 'Arn'] },
      FunctionResponseTypes: ['ReportBatchItemFailures'],
    });
    const { VisibilityTimeout } = z.looseObject({ VisibilityTimeout: z.int() }).parse(queueProperties);
    expect(VisibilityTimeout).toBeGreaterThanOrEqual(properties.Timeout * 6);
  });
});
