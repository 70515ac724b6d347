import { SendMessageCommand, type SQSClient } from '@aws-sdk/client-sqs';
import type { SQSEvent, SQSRecord } from 'aws-lambda';
import { describe, expect, it, vi } from 'vitest';
import { createRecordsHandler } from '../../functions/process-records.ts';
import { PermanentError, TransientError } from '../../lib/errors.ts';

const record = (messageId: string, body: string): SQSRecord => ({
  messageId,
  body,
  receiptHandle: `handle-${messageId}`,
  attributes: {
    ApproximateReceiveCount: '1',
    SentTimestamp: '1767225600000',
    SenderId: 'AROATEST:n-000000000001',
    ApproximateFirstReceiveTimestamp: '1767225600001',
  },
  messageAttributes: {},
  md5OfBody: '',
  eventSource: 'aws:sqs',
  eventSourceARN: 'arn:aws:sqs:eu-west-1:111122223333:drover-dev-reports',
  awsRegion: 'eu-west-1',
});

const event = (...bodies: string[]): SQSEvent => ({
  Records: bodies.map((body, index) => record(`m${index}`, body)),
});

const createHandler = (handle: (message: string) => Promise<void>, refuseFails = false) => {
  const sent: SendMessageCommand['input'][] = [];
  const sqs: Pick<SQSClient, 'send'> = {
    send: vi.fn(async (command: unknown) => {
      if (refuseFails) {
        throw new Error('queue unreachable');
      }
      if (command instanceof SendMessageCommand) {
        sent.push(command.input);
      }
    }),
  };
  const handler = createRecordsHandler({
    functionName: 'record-reports',
    refusedQueueUrl: 'https://sqs.test/reports-dlq',
    sqs,
    clock: { now: () => new Date('2026-01-01T00:00:10.000Z') },
    parse: ({ body }) => body,
    handle,
  });
  return { handler, sent };
};

describe('createRecordsHandler', () => {
  it('acknowledges what was handled and gives SQS facts to the handler', async () => {
    const seen: unknown[] = [];
    const { sent } = createHandler(async () => undefined);
    const handler = createRecordsHandler({
      functionName: 'record-reports',
      refusedQueueUrl: 'q',
      sqs: { send: async () => undefined },
      clock: { now: () => new Date() },
      parse: ({ body }) => body,
      handle: async (message, facts) => {
        seen.push([message, facts.senderId, facts.sentAt.toISOString(), facts.receiveCount]);
      },
    });
    expect(await handler(event('a'))).toEqual({ batchItemFailures: [] });
    expect(seen).toEqual([['a', 'AROATEST:n-000000000001', '2026-01-01T00:00:00.000Z', 1]]);
    expect(sent).toEqual([]);
  });

  it('dead-letters a permanent failure once, body unchanged, with its reason, and acknowledges it [events#6-2]', async () => {
    const { handler, sent } = createHandler(async () => {
      throw new PermanentError('no such event: send a known one\u0000');
    });
    expect(await handler(event('{"x":1}'))).toEqual({ batchItemFailures: [] });
    expect(sent).toEqual([
      {
        QueueUrl: 'https://sqs.test/reports-dlq',
        MessageBody: '{"x":1}',
        MessageAttributes: {
          reason: { DataType: 'String', StringValue: 'no such event: send a known one?' },
          refusedBy: { DataType: 'String', StringValue: 'record-reports' },
          refusedAt: { DataType: 'String', StringValue: '2026-01-01T00:00:10.000Z' },
          sourceQueue: { DataType: 'String', StringValue: 'drover-dev-reports' },
          senderId: { DataType: 'String', StringValue: 'AROATEST:n-000000000001' },
          sentTimestamp: { DataType: 'String', StringValue: '1767225600000' },
        },
      },
    ]);
  });

  it.each([
    ['a transient error', new TransientError('throttled')],
    ['an unknown error', new TypeError('x is not a function')],
  ])('reports only the record that failed by %s [events#5-34]', async (_what, error) => {
    const { handler, sent } = createHandler(async (message) => {
      if (message === 'bad') {
        throw error;
      }
    });
    expect(await handler(event('good', 'bad', 'good'))).toEqual({
      batchItemFailures: [{ itemIdentifier: 'm1' }],
    });
    expect(sent).toEqual([]);
  });

  it('reports every record when all fail, instead of throwing', async () => {
    const { handler } = createHandler(async () => {
      throw new TransientError('store is down');
    });
    expect((await handler(event('a', 'b'))).batchItemFailures).toHaveLength(2);
  });

  it('keeps a refused record whose dead-lettering failed', async () => {
    const { handler } = createHandler(async () => {
      throw new PermanentError('no');
    }, true);
    expect(await handler(event('a'))).toEqual({ batchItemFailures: [{ itemIdentifier: 'm0' }] });
  });

  it('writes what the handler measures, and no time below zero', async () => {
    const lines: unknown[] = [];
    const spy = vi.spyOn(process.stdout, 'write').mockImplementation((line) => lines.push(line) > 0);
    const handler = createRecordsHandler({
      functionName: 'record-reports',
      refusedQueueUrl: 'q',
      sqs: { send: async () => undefined },
      clock: { now: () => new Date() },
      parse: ({ body }) => Number(body),
      handle: async (seconds, _record, measure) => {
        measure.seconds('CommandLatencySeconds', seconds);
        measure.count('DeliveriesVerified');
      },
    });

    await handler(event('2.5', '-3'));
    spy.mockRestore();

    expect(lines.join('\n')).toContain('"CommandLatencySeconds":[2.5,0]');
    expect(lines.join('\n')).toContain('"DeliveriesVerified":[1,1]');
    expect(lines.join('\n')).toContain('"RecordsHandled":[1,1]');
    expect(lines.join('\n')).not.toContain('n-000000000001');
  });

  it('never writes bodies into the log', async () => {
    const lines: unknown[] = [];
    const spies = [process.stdout, process.stderr].map((stream) =>
      vi.spyOn(stream, 'write').mockImplementation((line) => lines.push(line) > 0),
    );
    const { handler } = createHandler(async () => {
      throw new PermanentError('no');
    });
    await handler(event('{"nodeSecret":"hush-hush"}'));
    for (const spy of spies) {
      spy.mockRestore();
    }
    expect(lines.join('\n')).not.toContain('hush-hush');
    expect(lines.join('\n')).toContain('"RecordsRefused":1');
  });
});
