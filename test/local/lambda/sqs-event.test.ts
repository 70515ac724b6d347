import { describe, expect, it } from 'vitest';
import { failedMessageIds, toSqsEvent } from '../../../local/lambda/sqs-event.ts';

const arn = 'arn:aws:sqs:us-east-1:000000000000:jobs';
const batch = [
  { MessageId: 'a', ReceiptHandle: 'ra', Body: '1' },
  { MessageId: 'b', ReceiptHandle: 'rb', Body: '2' },
];

describe('toSqsEvent', () => {
  it('has the shape that Lambda gives', () => {
    const message = {
      MessageId: 'a',
      ReceiptHandle: 'r',
      Body: '{}',
      MD5OfBody: 'md5',
      Attributes: { SenderId: 'AROA1:me', SentTimestamp: '1', ApproximateReceiveCount: '2' },
      MessageAttributes: {
        reason: { DataType: 'String', StringValue: 'late' },
        bytes: { DataType: 'Binary', BinaryValue: new Uint8Array([1, 2]) },
      },
    };

    expect(toSqsEvent([message], arn)).toEqual({
      Records: [
        {
          messageId: 'a',
          receiptHandle: 'r',
          body: '{}',
          attributes: { SenderId: 'AROA1:me', SentTimestamp: '1', ApproximateReceiveCount: '2' },
          messageAttributes: {
            reason: { stringValue: 'late', stringListValues: [], binaryListValues: [], dataType: 'String' },
            bytes: { binaryValue: 'AQI=', stringListValues: [], binaryListValues: [], dataType: 'Binary' },
          },
          md5OfBody: 'md5',
          eventSource: 'aws:sqs',
          eventSourceARN: arn,
          awsRegion: 'us-east-1',
        },
      ],
    });
  });
});

describe('failedMessageIds', () => {
  it.each([
    ['nothing', 'null', []],
    ['an empty list', '{"batchItemFailures":[]}', []],
    ['a null list', '{"batchItemFailures":null}', []],
    ['no list', '{}', []],
    ['one failure', '{"batchItemFailures":[{"itemIdentifier":"b"}]}', ['b']],
    ['a message that is not in the batch', '{"batchItemFailures":[{"itemIdentifier":"z"}]}', ['a', 'b']],
    ['an empty identifier', '{"batchItemFailures":[{"itemIdentifier":""}]}', ['a', 'b']],
    ['a misspelt entry', '{"batchItemFailures":[{"id":"b"}]}', ['a', 'b']],
    ['a text', '"oops"', ['a', 'b']],
  ])('reads %s as Lambda does', (_name, payload, expected) => {
    expect([...failedMessageIds(payload, batch)]).toEqual(expected);
  });
});
