import {
  CreateQueueCommand,
  DeleteMessageCommand,
  ReceiveMessageCommand,
  SendMessageCommand,
  type SQSClient,
} from '@aws-sdk/client-sqs';

/** The peer: jobs as bare messages, which whoever receives one takes. */
interface BareQueue {
  /** Sends `count` messages and takes them out again, by so many workers at once. */
  pass(count: number, workers: number): Promise<void>;
}

const createBareQueue = async (sqs: SQSClient): Promise<BareQueue> => {
  const { QueueUrl } = await sqs.send(new CreateQueueCommand({ QueueName: 'drover-bench-work-peer' }));
  const sendOne = () => sqs.send(new SendMessageCommand({ QueueUrl, MessageBody: '{}' }));
  const takeOne = async (): Promise<void> => {
    const { Messages: [message] = [] } = await sqs.send(
      new ReceiveMessageCommand({ QueueUrl, WaitTimeSeconds: 20 }),
    );
    if (message === undefined)
      throw new Error('the bare queue gave no message within 20 s: the emulator lost it');
    await sqs.send(new DeleteMessageCommand({ QueueUrl, ReceiptHandle: message.ReceiptHandle }));
  };
  return {
    pass: async (count, workers) => {
      const each = Array.from({ length: workers }, () => count / workers);
      const repeat = (act: () => Promise<unknown>) =>
        Promise.all(
          each.map(async (times) => {
            for (let time = 0; time < times; time += 1) await act();
          }),
        );
      await Promise.all([repeat(sendOne), repeat(takeOne)]);
    },
  };
};

export type { BareQueue };
export { createBareQueue };
