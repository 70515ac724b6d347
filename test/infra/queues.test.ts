import { describe, expect, it } from 'vitest';
import { MAX_RECEIVE_COUNT } from '../../lib/constants.ts';
import { resourcePolicyOf } from './support/statements.ts';
import { synthesized } from './support/synthesized.ts';

const stack = synthesized('prod');
const queues = stack.ofType('AWS::SQS::Queue').map(([logicalId, { Properties }]) => {
  const { QueueName } = Properties;
  return { logicalId, name: String(QueueName), properties: Properties };
});
const deadLetterQueues = queues.filter(({ name }) => name.endsWith('-dlq'));
const workQueues = queues.filter(({ name }) => !name.endsWith('-dlq'));
const queuePolicyOf = (logicalId: string) => resourcePolicyOf(stack, 'AWS::SQS::QueuePolicy', logicalId);

describe('queues', () => {
  it('are those of the contract', () => {
    expect(queues.map(({ name }) => name).sort()).toEqual([
      'drover-prod-distribution',
      'drover-prod-distribution-dlq',
      'drover-prod-ingest',
      'drover-prod-ingest-dlq',
      'drover-prod-node-dlq',
      'drover-prod-outcomes',
      'drover-prod-outcomes-dlq',
      'drover-prod-ratings',
      'drover-prod-ratings-dlq',
      'drover-prod-reports',
      'drover-prod-reports-dlq',
      'drover-prod-sync',
      'drover-prod-sync-dlq',
      'drover-prod-targets-dlq',
      'drover-prod-work',
      'drover-prod-work-dlq',
    ]);
  });

  it.each(queues)('$name is encrypted by SQS and speaks TLS only', ({ logicalId, properties }) => {
    expect(properties).toMatchObject({ SqsManagedSseEnabled: true });
    expect(properties).not.toHaveProperty('KmsMasterKeyId');
    expect(queuePolicyOf(logicalId)).toContainEqual(
      expect.objectContaining({
        Effect: 'Deny',
        Action: ['sqs:*'],
        Principal: { AWS: '*' },
        Condition: { Bool: { 'aws:SecureTransport': 'false' } },
      }),
    );
  });

  it.each(workQueues)('[events#1.17-3] $name has a dead-letter queue of its own', ({ name, properties }) => {
    const own = deadLetterQueues.find((queue) => queue.name === `${name}-dlq`);

    expect(properties).toMatchObject({
      RedrivePolicy: {
        deadLetterTargetArn: { 'Fn::GetAtt': [own?.logicalId, 'Arn'] },
        maxReceiveCount: MAX_RECEIVE_COUNT,
      },
    });
  });

  it.each(deadLetterQueues)(
    '$name keeps messages for 14 days and takes them from any queue',
    ({ properties }) => {
      expect(properties).toMatchObject({
        MessageRetentionPeriod: 14 * 86_400,
        RedriveAllowPolicy: { redrivePermission: 'allowAll' },
      });
      expect(properties).not.toHaveProperty('RedrivePolicy');
    },
  );
});

describe('reports', () => {
  it('may be sent by the node role only, whatever identity policies say', () => {
    const [reports] = stack.named('AWS::SQS::Queue', 'QueueName', 'drover-prod-reports');
    const [nodeRole] = stack.named('AWS::IAM::Role', 'RoleName', 'drover-prod-node');

    expect(queuePolicyOf(reports)).toContainEqual(
      expect.objectContaining({
        Effect: 'Deny',
        Action: ['sqs:SendMessage'],
        Principal: { AWS: '*' },
        Condition: { ArnNotEquals: { 'aws:PrincipalArn': { 'Fn::GetAtt': [nodeRole, 'Arn'] } } },
      }),
    );
  });
});
