import {
  CreateQueueCommand,
  QueueDeletedRecently,
  QueueNameExists,
  SetQueueAttributesCommand,
  type SQSClient,
} from '@aws-sdk/client-sqs';
import { describe, expect, it } from 'vitest';
import { PermanentError, TransientError } from '../../lib/errors.ts';
import { createSqsNodeQueues } from '../../lib/nodes/create-node-queue.ts';
import { readNodeQueueNames } from '../../lib/nodes/node-queue-names.ts';
import { NODE_ID } from './fixtures.ts';

const urlPrefix = 'https://sqs.eu-west-1.amazonaws.com/111122223333/drover-test-node-';
const arnPrefix = 'arn:aws:sqs:eu-west-1:111122223333:drover-test-node-';

const createQueues = (failure?: Error) => {
  const sent: unknown[] = [];
  const client: Pick<SQSClient, 'send'> = {
    send: async (command: unknown) => {
      sent.push(command);
      if (failure !== undefined && command instanceof CreateQueueCommand) {
        throw failure;
      }
    },
  };
  const queues = createSqsNodeQueues({
    client,
    queueUrlPrefix: urlPrefix,
    queueArnPrefix: arnPrefix,
    deadLetterQueueArn: 'arn:aws:sqs:eu-west-1:111122223333:drover-test-node-dlq',
  });
  return { queues, sent };
};

describe('createSqsNodeQueues', () => {
  it('makes the queue encrypted, TLS-only, with the shared dead-letter queue', async () => {
    const { queues, sent } = createQueues();
    await queues.ensure(NODE_ID);
    const [command] = sent;
    const input = command instanceof CreateQueueCommand ? command.input : undefined;
    expect(input?.QueueName).toBe(`drover-test-node-${NODE_ID}`);
    expect(input?.Attributes).toMatchObject({
      SqsManagedSseEnabled: 'true',
      VisibilityTimeout: '120',
      MessageRetentionPeriod: '345600',
    });
    expect(JSON.parse(input?.Attributes?.['RedrivePolicy'] ?? '')).toEqual({
      deadLetterTargetArn: 'arn:aws:sqs:eu-west-1:111122223333:drover-test-node-dlq',
      maxReceiveCount: 5,
    });
    expect(JSON.parse(input?.Attributes?.['Policy'] ?? '').Statement).toEqual([
      {
        Sid: 'TlsOnly',
        Effect: 'Deny',
        Principal: '*',
        Action: 'sqs:*',
        Resource: `${arnPrefix}${NODE_ID}`,
        Condition: { Bool: { 'aws:SecureTransport': 'false' } },
      },
    ]);
  });

  it('sets a queue right that is there with other attributes', async () => {
    const { queues, sent } = createQueues(new QueueNameExists({ message: 'exists', $metadata: {} }));
    await queues.ensure(NODE_ID);
    expect(sent[1]).toBeInstanceOf(SetQueueAttributesCommand);
    expect(sent[1]).toMatchObject({ input: { QueueUrl: `${urlPrefix}${NODE_ID}` } });
  });

  it('asks for patience while SQS keeps the name of a deleted queue', async () => {
    const { queues } = createQueues(new QueueDeletedRecently({ message: 'deleted', $metadata: {} }));
    await expect(queues.ensure(NODE_ID)).rejects.toMatchObject({ retryAfterSeconds: 60 });
    await expect(queues.ensure(NODE_ID)).rejects.toThrow(TransientError);
  });

  it('keeps the cause of any other failure', async () => {
    const cause = new Error('throttled');
    await expect(createQueues(cause).queues.ensure(NODE_ID)).rejects.toMatchObject({ cause });
  });
});

describe('readNodeQueueNames', () => {
  it('finds region and account', () => {
    expect(readNodeQueueNames('test', urlPrefix, arnPrefix)).toEqual({
      region: 'eu-west-1',
      accountId: '111122223333',
    });
  });

  it.each([
    ['another stage', 'prod', urlPrefix, arnPrefix],
    ['another queue in the URL', 'test', `${urlPrefix}x`, arnPrefix],
    ['another queue in the ARN', 'test', urlPrefix, `${arnPrefix}x`],
    ['another account', 'test', urlPrefix.replace('1111', '9999'), arnPrefix],
    ['no ARN', 'test', urlPrefix, 'drover-test-node-'],
  ])('refuses prefixes of %s at the start', (_what, stage, url, arn) => {
    expect(() => readNodeQueueNames(stage, url, arn)).toThrow(PermanentError);
  });
});
