import { describe, expect, it } from 'vitest';
import { ENROL_FUNCTION_SECONDS } from '../../lib/constants.ts';
import { rightsOf, statementsOf } from './support/statements.ts';
import { synthesized } from './support/synthesized.ts';

const stack = synthesized('prod');
const [nodeRoleId, nodeRole] = stack.named('AWS::IAM::Role', 'RoleName', 'drover-prod-node');
const [enrollRoleId] = stack.named('AWS::IAM::Role', 'RoleName', 'drover-prod-enroll-node');
const [reportsId] = stack.named('AWS::SQS::Queue', 'QueueName', 'drover-prod-reports');
const [enrollFunctionId, enrollFunction] = stack.named(
  'AWS::Lambda::Function',
  'FunctionName',
  'drover-prod-enroll-node',
);

describe('the node role', () => {
  it('trusts enroll-node only, for sessions named and tagged alike', () => {
    const { AssumeRolePolicyDocument } = nodeRole.Properties;
    const trust = statementsOf(AssumeRolePolicyDocument);

    expect(trust.map(({ Action, Condition }) => ({ Action, Condition }))).toEqual([
      {
        Action: ['sts:AssumeRole'],
        // biome-ignore lint/suspicious/noTemplateCurlyInString: a variable of IAM
        Condition: { StringEquals: { 'sts:RoleSessionName': '${aws:RequestTag/nodeId}' } },
      },
      {
        Action: ['sts:TagSession'],
        Condition: {
          StringLike: { 'aws:RequestTag/nodeId': 'n-????????????' },
          'ForAllValues:StringEquals': { 'aws:TagKeys': ['nodeId'] },
        },
      },
    ]);
    for (const { Principal } of trust)
      expect(Principal).toEqual({ AWS: { 'Fn::GetAtt': [enrollRoleId, 'Arn'] } });
  });

  it('lasts an hour at most', () => {
    expect(nodeRole.Properties).not.toHaveProperty('MaxSessionDuration');
  });

  it('lets a node use its own queue and report, and nothing else', () => {
    const rights = rightsOf(stack, nodeRoleId);

    expect(rights.map(({ Action }) => Action)).toEqual([
      [
        'sqs:ReceiveMessage',
        'sqs:DeleteMessage',
        'sqs:ChangeMessageVisibility',
        'sqs:GetQueueAttributes',
      ].sort(),
      ['sqs:SendMessage'],
    ]);
    // biome-ignore lint/suspicious/noTemplateCurlyInString: a variable of IAM
    expect(JSON.stringify(rights[0]?.Resource)).toContain(':drover-prod-node-${aws:PrincipalTag/nodeId}"');
    expect(rights[1]?.Resource).toEqual([{ 'Fn::GetAtt': [reportsId, 'Arn'] }]);
  });
});

describe('enroll-node', () => {
  it('ends before its caller gives up, so that an abandoned call cannot overtake its retry', () => {
    expect(enrollFunction.Properties).toMatchObject({ Timeout: ENROL_FUNCTION_SECONDS });
  });

  it('is open to the internet by both permissions that AWS wants', () => {
    const permissions = stack
      .ofType('AWS::Lambda::Permission')
      .map(([, { Properties }]) => Properties)
      .filter((properties) => JSON.stringify(properties).includes(`"${enrollFunctionId}"`));

    expect(permissions).toEqual([
      expect.objectContaining({
        Action: 'lambda:InvokeFunctionUrl',
        Principal: '*',
        FunctionUrlAuthType: 'NONE',
      }),
      expect.objectContaining({
        Action: 'lambda:InvokeFunction',
        Principal: '*',
        InvokedViaFunctionUrl: true,
      }),
    ]);
  });

  it('makes queues for nodes and no others', () => {
    const queueRights = rightsOf(stack, enrollRoleId).filter(({ Action }) =>
      Action.some((action) => action.startsWith('sqs:')),
    );

    expect(queueRights).toHaveLength(1);
    expect(queueRights[0]?.Action).toContain('sqs:CreateQueue');
    expect(JSON.stringify(queueRights[0]?.Resource)).toContain(':drover-prod-node-n-????????????"');
  });
});
