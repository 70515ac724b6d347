import { CreateQueueCommand, ReceiveMessageCommand } from '@aws-sdk/client-sqs';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createNodeSender } from '../../cli/node-sender.ts';
import { PermanentError } from '../../lib/errors.ts';
import { startEmptyFrontDoor } from './support/front-door.ts';
import { nodeIdOf } from './support/samples.ts';
import { createTestInstallation } from './support/test-installation.ts';

let frontDoor: Awaited<ReturnType<typeof startEmptyFrontDoor>>;
beforeAll(async () => {
  frontDoor = await startEmptyFrontDoor();
});
afterAll(() => frontDoor.stop());

const resume = (nodeId: string) => ({
  schemaVersion: 1 as const,
  type: 'resume' as const,
  commandId: 'c-1',
  nodeId,
  attempt: 1,
  issuedAt: '2026-11-23T12:00:00.000Z',
  deadlineAt: '2026-11-23T12:10:00.000Z',
  drainId: 'dr-1',
  epoch: 1,
});

describe('createNodeSender', () => {
  it("puts a command into the node's own queue", async () => {
    const { sqs } = createTestInstallation(frontDoor.endpoint).clients;
    const QueueName = `drover-test-node-${nodeIdOf(1)}`;
    const { QueueUrl } = await sqs.send(new CreateQueueCommand({ QueueName }));

    await createNodeSender(sqs, 'test').send(resume(nodeIdOf(1)));

    const { Messages = [] } = await sqs.send(new ReceiveMessageCommand({ QueueUrl }));
    expect(JSON.parse(Messages[0]?.Body ?? '')).toEqual(resume(nodeIdOf(1)));
  });

  it('says so when the queue is gone', async () => {
    const { sqs } = createTestInstallation(frontDoor.endpoint).clients;
    await expect(createNodeSender(sqs, 'test').send(resume(nodeIdOf(2)))).rejects.toThrow(PermanentError);
  });
});
