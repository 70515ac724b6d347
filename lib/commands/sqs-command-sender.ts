import { QueueDoesNotExist, SendMessageCommand, type SQSClient } from '@aws-sdk/client-sqs';
import { PermanentError } from '../errors.ts';
import type { CommandSender } from './command-store.ts';

/**
 * Puts commands into the nodes' own queues: `queueUrlPrefix` + nodeId.
 * `send` throws PermanentError when the node's queue is gone.
 */
const createSqsCommandSender = (sqs: Pick<SQSClient, 'send'>, queueUrlPrefix: string): CommandSender => ({
  send: async (command) => {
    const queueUrl = `${queueUrlPrefix}${command.nodeId}`;
    try {
      await sqs.send(new SendMessageCommand({ QueueUrl: queueUrl, MessageBody: JSON.stringify(command) }));
    } catch (error) {
      if (!(error instanceof QueueDoesNotExist)) throw error;
      throw new PermanentError(
        `the queue of node ${command.nodeId} is gone (${queueUrl}), so it cannot get ${command.type} ${command.commandId}; an agent that enrols again gets a new queue`,
        { cause: error },
      );
    }
  },
});

export { createSqsCommandSender };
