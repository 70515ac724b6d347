import { SendMessageCommand, type SQSClient } from '@aws-sdk/client-sqs';
import type { CommandSender } from '../lib/commands/command-store.ts';
import { nodeQueueName } from '../lib/constants.ts';
import { queueUrl } from './dead-letters.ts';

/** Puts commands into the nodes' own queues, which are found by their names. */
const createNodeSender = (sqs: SQSClient, stage: string): CommandSender => ({
  send: async (command) => {
    const url = await queueUrl(sqs, nodeQueueName(stage, command.nodeId));
    await sqs.send(new SendMessageCommand({ QueueUrl: url, MessageBody: JSON.stringify(command) }));
  },
});

export { createNodeSender };
