import { PolicyStatement, Role, ServicePrincipal } from 'aws-cdk-lib/aws-iam';
import { Queue } from 'aws-cdk-lib/aws-sqs';
import { describe, expect, it } from 'vitest';
import { OUTPUTS } from '../../lib/constants.ts';
import { statementsOf } from './support/statements.ts';
import { synthesize, synthesized } from './support/synthesized.ts';

describe('DroverStack', () => {
  it.each(['prod', 'dev'])('has no finding of cdk-nag in stage %s', (stage) => {
    expect(synthesized(stage).resources.size).toBeGreaterThan(40);
  });

  it('would not synthesize with a queue that cdk-nag objects to', () => {
    expect(() => synthesize('dev', (stack) => new Queue(stack, 'Careless'))).toThrow(/AwsSolutions-SQS3/);
  });

  it('would not synthesize with a right to everything', () => {
    const careless = () =>
      synthesize('dev', (stack) => {
        const role = new Role(stack, 'Careless', { assumedBy: new ServicePrincipal('lambda.amazonaws.com') });
        role.addToPolicy(new PolicyStatement({ actions: ['s3:GetObject'], resources: ['*'] }));
      });

    expect(careless).toThrow(/AwsSolutions-IAM5/);
  });

  it('allows nothing on every resource, and no action by a wildcard', () => {
    const stack = synthesized('prod');
    const statements = stack.ofType('AWS::IAM::Policy').flatMap(
      ([
        ,
        {
          Properties: { PolicyDocument },
        },
      ]) => statementsOf(PolicyDocument),
    );

    expect(statements.length).toBeGreaterThan(20);
    for (const { Resource, Action } of statements) {
      expect(JSON.stringify(Resource)).not.toContain('*');
      expect(Action.join()).not.toContain('*');
    }
  });

  it('attaches no policy that AWS manages, and makes no role but its own', () => {
    const roles = synthesized('prod').ofType('AWS::IAM::Role');

    expect(roles).toHaveLength(15);
    for (const [, { Properties }] of roles) {
      expect(Properties).not.toHaveProperty('ManagedPolicyArns');
      expect(Properties).toMatchObject({ RoleName: expect.stringMatching(/^drover-prod-/) });
    }
  });

  it('tells drover connect what it looks for', () => {
    expect([...synthesized('prod').outputs].sort()).toEqual(Object.values(OUTPUTS).sort());
  });

  it('suppresses one rule of cdk-nag on two dead-letter queues, and nothing else', () => {
    const acknowledged: string[] = [];
    synthesize('prod', (stack) => {
      for (const { node } of stack.node.findAll()) {
        for (const { type, data } of node.metadata) {
          if (type.includes('acknowledge')) acknowledged.push(`${node.path} ${JSON.stringify(data)}`);
        }
      }
    });

    expect(acknowledged).toEqual([
      expect.stringMatching(/^drover-prod\/Events\/TargetDeadLetters .*SQS3/),
      expect.stringMatching(/^drover-prod\/Nodes\/NodeDeadLetters .*SQS3/),
    ]);
  });

  it('is the same whenever it is synthesized', () => {
    expect(synthesize('dev').text).toBe(synthesized('dev').text);
  });
});
