import { QueueDoesNotExist, SQSClient } from '@aws-sdk/client-sqs';
import { describe, expect, it } from 'vitest';
import { commandSchema } from '../../lib/commands/command.ts';
import { createSqsCommandSender } from '../../lib/commands/sqs-command-sender.ts';
import { pullCommand } from '../../lib/distribution/pull-command.ts';
import { PermanentError } from '../../lib/errors.ts';
import { makeArtifact, nodeIdOf, START } from '../distribution/fixtures.ts';

const command = pullCommand({
  artifact: makeArtifact(),
  nodeId: nodeIdOf(1),
  attempt: 1,
  bucket: 'b',
  deadlineAt: START,
  now: START,
  bandwidthBytesPerSecond: 1000,
});

const sqsWith = (answer: () => object) => {
  const sqs = new SQSClient({ region: 'us-east-1' });
  const asked: object[] = [];
  sqs.middlewareStack.add(
    () => async (call) => {
      asked.push(call.input);
      return { response: {}, output: { $metadata: {}, ...answer() } };
    },
    { step: 'initialize' },
  );
  return { sqs, asked };
};

describe('createSqsCommandSender', () => {
  it("puts the command into the node's own queue, as the agent reads it", async () => {
    const { sqs, asked } = sqsWith(() => ({}));
    await createSqsCommandSender(sqs, 'https://sqs/1/drover-t-node-').send(command);
    expect(asked).toEqual([
      { QueueUrl: `https://sqs/1/drover-t-node-${nodeIdOf(1)}`, MessageBody: JSON.stringify(command) },
    ]);
    expect(commandSchema.parse(JSON.parse(JSON.stringify(command)))).toEqual(command);
  });

  it('says for good that the queue of the node is gone', async () => {
    const { sqs } = sqsWith(() => {
      throw new QueueDoesNotExist({ message: 'no queue', $metadata: {} });
    });
    await expect(createSqsCommandSender(sqs, 'https://sqs/1/n-').send(command)).rejects.toThrow(
      PermanentError,
    );
  });

  it('passes every other error on: a repeat may help', async () => {
    const { sqs } = sqsWith(() => {
      throw new Error('throttled');
    });
    await expect(createSqsCommandSender(sqs, 'https://sqs/1/n-').send(command)).rejects.toThrow('throttled');
  });
});
