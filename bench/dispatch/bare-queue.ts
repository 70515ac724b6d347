import {
  CreateQueueCommand,
  DeleteMessageCommand,
  ReceiveMessageCommand,
  SendMessageCommand,
  type SQSClient,
} from '@aws-sdk/client-sqs';

/** The peer: what one SQS hop costs on the same emulator, with the receiver waiting as an agent does. */
const createBareQueue = async (sqs: SQSClient): Promise<{ hop: () => Promise<number> }> => {
  const { QueueUrl } = await sqs.send(new CreateQueueCommand({ QueueName: 'drover-bench-peer' }));
  return {
    /** Milliseconds from the call of SendMessage to the message in the receiver's hands. */
    hop: async () => {
      const waiting = sqs.send(new ReceiveMessageCommand({ QueueUrl, WaitTimeSeconds: 20 }));
      const start = performance.now();
      await sqs.send(new SendMessageCommand({ QueueUrl, MessageBody: '{}' }));
      const { Messages: [message] = [] } = await waiting;
      const elapsed = performance.now() - start;
      if (message === undefined) {
        throw new Error('the bare queue gave no message within 20 s: the emulator lost it');
      }
      await sqs.send(new DeleteMessageCommand({ QueueUrl, ReceiptHandle: message.ReceiptHandle }));
      return elapsed;
    },
  };
};

export { createBareQueue };
