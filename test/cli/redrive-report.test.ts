import { CreateQueueCommand } from '@aws-sdk/client-sqs';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createClients } from '../../cli/clients.ts';
import { redriveReport } from '../../cli/redrive-report.ts';
import { PermanentError, TransientError } from '../../lib/errors.ts';
import { startEmptyFrontDoor } from './support/front-door.ts';

const FUNCTION = 'drover-test-record-reports';
const NODE_SENDER = 'AROANODE:n-0123456789ab';

let frontDoor: Awaited<ReturnType<typeof startEmptyFrontDoor>>;
let clients: ReturnType<typeof createClients>;
let payloads: unknown[] = [];
let answer = '{"batchItemFailures":[]}';

beforeAll(async () => {
  frontDoor = await startEmptyFrontDoor();
  clients = createClients({ region: frontDoor.region, endpoint: frontDoor.endpoint });
  await clients.sqs.send(new CreateQueueCommand({ QueueName: 'drover-test-reports' }));
  frontDoor.lambda.register(
    FUNCTION,
    `arn:aws:lambda:us-east-1:000000000000:function:${FUNCTION}`,
    (payload) => {
      payloads.push(payload);
      return Promise.resolve({ outcome: 'succeeded', payload: answer });
    },
  );
});
afterAll(() => frontDoor.stop());

const redrive = (senderId: string | undefined, attributes: Record<string, string> = {}) => {
  payloads = [];
  return redriveReport(clients, 'test', {
    messageId: 'm-1',
    body: '{"type":"heartbeat"}',
    senderId,
    sentTimestamp: '2000',
    attributes,
  });
};
const givenSender = (senderId: string, sentTimestamp: string) => [
  {
    Records: [
      expect.objectContaining({
        body: '{"type":"heartbeat"}',
        eventSourceARN: 'arn:aws:sqs:us-east-1:000000000000:drover-test-reports',
        attributes: expect.objectContaining({ SenderId: senderId, SentTimestamp: sentTimestamp }),
      }),
    ],
  },
];

describe('redriveReport', () => {
  it('hands on the sender that SQS had proved to record-reports, when that function refused the report', async () => {
    expect(await redrive(`AROAFN:${FUNCTION}`, { senderId: NODE_SENDER, sentTimestamp: '1000' })).toBe(
      FUNCTION,
    );
    expect(payloads).toEqual(givenSender(NODE_SENDER, '1000'));
  });

  it('never believes the attributes of a message that SQS moved by itself: a node may write any', async () => {
    await redrive(NODE_SENDER, { senderId: 'AROANODE:n-bbbbbbbbbbbb', sentTimestamp: '1' });
    expect(payloads).toEqual(givenSender(NODE_SENDER, '2000'));
  });

  it('keeps a report whose sender nobody wrote down', async () => {
    await expect(redrive(undefined)).rejects.toThrow(PermanentError);
    await expect(redrive(`AROAFN:${FUNCTION}`)).rejects.toThrow(PermanentError);
    expect(payloads).toEqual([]);
  });

  it('keeps a report on which the function failed again', async () => {
    answer = '{"batchItemFailures":[{"itemIdentifier":"m-1"}]}';
    await expect(redrive(NODE_SENDER)).rejects.toThrow(TransientError);
    answer = '{"batchItemFailures":[]}';
  });
});
