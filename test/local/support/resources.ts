/** Pieces of hand-made templates. */

type Resource = { Type: string; Properties: Record<string, unknown> };

const getArn = (logicalId: string) => ({ 'Fn::GetAtt': [logicalId, 'Arn'] });

const queue = (name: string, properties: Record<string, unknown> = {}): Resource => ({
  Type: 'AWS::SQS::Queue',
  Properties: { QueueName: name, ...properties },
});

/** Lets the rule `ruleId` send to the queue `queueId`. */
const queuePolicy = (queueId: string, ruleId: string): Resource => ({
  Type: 'AWS::SQS::QueuePolicy',
  Properties: {
    Queues: [{ Ref: queueId }],
    PolicyDocument: {
      Version: '2012-10-17',
      Statement: [
        {
          Effect: 'Allow',
          Principal: { Service: 'events.amazonaws.com' },
          Action: 'sqs:SendMessage',
          Resource: getArn(queueId),
          Condition: { ArnEquals: { 'aws:SourceArn': getArn(ruleId) } },
        },
      ],
    },
  },
});

/** A role for functions with these rights on everything. */
const role = (name: string, actions: readonly string[]): Resource => ({
  Type: 'AWS::IAM::Role',
  Properties: {
    RoleName: name,
    AssumeRolePolicyDocument: {
      Version: '2012-10-17',
      Statement: [
        { Effect: 'Allow', Principal: { Service: 'lambda.amazonaws.com' }, Action: 'sts:AssumeRole' },
      ],
    },
    Policies: [
      {
        PolicyName: 'rights',
        PolicyDocument: {
          Version: '2012-10-17',
          Statement: [{ Effect: 'Allow', Action: actions, Resource: '*' }],
        },
      },
    ],
  },
});

const CONSUME = [
  'sqs:ReceiveMessage',
  'sqs:DeleteMessage',
  'sqs:GetQueueAttributes',
  'sqs:ChangeMessageVisibility',
];

const lambda = (name: string, roleId: string, properties: Record<string, unknown> = {}): Resource => ({
  Type: 'AWS::Lambda::Function',
  Properties: {
    FunctionName: name,
    Runtime: 'nodejs24.x',
    Handler: 'index.handler',
    Role: getArn(roleId),
    Code: { S3Bucket: 'assets', S3Key: `${name}.zip` },
    Timeout: 5,
    Environment: { Variables: { STACK: { Ref: 'AWS::StackName' } } },
    ...properties,
  },
});

const rule = (name: string, properties: Record<string, unknown>): Resource => ({
  Type: 'AWS::Events::Rule',
  Properties: { Name: name, ...properties },
});

const permission = (functionId: string, properties: Record<string, unknown>): Resource => ({
  Type: 'AWS::Lambda::Permission',
  Properties: { FunctionName: getArn(functionId), Action: 'lambda:InvokeFunction', ...properties },
});

export { CONSUME, getArn, lambda, permission, queue, queuePolicy, role, rule };
