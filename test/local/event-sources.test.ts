import { afterEach, describe, expect, it } from 'vitest';
import * as z from 'zod';
import { type CloudUnderTest, startUnderTest } from './support/cloud-under-test.ts';
import { CONSUME, getArn, lambda, queue, role } from './support/resources.ts';

let running: CloudUnderTest | undefined;
afterEach(async () => {
  await running?.stop();
  running = undefined;
});

/** Prints each record; fails those whose body says so. */
const CONSUMER = `
export const handler = async (event) => {
  for (const record of event.Records) console.log(JSON.stringify(record));
  const bad = event.Records.filter(({ body }) => body.startsWith('bad'));
  if (event.Records.some(({ body }) => body === 'throw')) throw new Error('thrown');
  return { batchItemFailures: bad.map(({ messageId }) => ({ itemIdentifier: messageId })) };
};`;

const stackOf = (mapping: Record<string, unknown> = {}, actions = CONSUME, visibilitySeconds = 1) => ({
  Jobs: queue('jobs', {
    VisibilityTimeout: visibilitySeconds,
    RedrivePolicy: { deadLetterTargetArn: getArn('DeadJobs'), maxReceiveCount: 2 },
  }),
  DeadJobs: queue('jobs-dlq'),
  ConsumerRole: role('consumer', actions),
  Consumer: lambda('consumer', 'ConsumerRole'),
  Mapping: {
    Type: 'AWS::Lambda::EventSourceMapping',
    Properties: {
      EventSourceArn: getArn('Jobs'),
      FunctionName: { Ref: 'Consumer' },
      FunctionResponseTypes: ['ReportBatchItemFailures'],
      ...mapping,
    },
  },
});

const start = async (stack: Record<string, unknown>, options = {}): Promise<CloudUnderTest> => {
  running = await startUnderTest(stack, { consumer: CONSUMER }, options);
  return running;
};

const bodies = (lines: readonly string[]): string[] =>
  lines.map((line) => z.object({ body: z.string() }).parse(JSON.parse(line)).body);

describe('event source mappings', () => {
  it('invoke the function with real records and delete what it handled', async () => {
    const { send, logged, receive } = await start(stackOf());

    await send('jobs', 'one');
    await expect.poll(async () => (await logged('/aws/lambda/consumer')).length, { timeout: 5000 }).toBe(1);

    const record: unknown = JSON.parse((await logged('/aws/lambda/consumer'))[0] ?? '');
    expect(record).toMatchObject({
      body: 'one',
      eventSource: 'aws:sqs',
      eventSourceARN: 'arn:aws:sqs:us-east-1:000000000000:jobs',
      attributes: {
        ApproximateReceiveCount: '1',
        SenderId: expect.stringMatching(/^AIDA/),
        SentTimestamp: expect.stringMatching(/^\d{13}$/),
      },
    });
    expect(await receive('jobs', 2)).toEqual([]);
  });

  it('leave only the failed messages of a batch, which SQS then redrives', async () => {
    const { send, logged, receive } = await start(stackOf());

    await send('jobs', 'good', 'bad', 'fine');
    const dead = await receive('jobs-dlq', 10);

    expect(dead.map(({ Body }) => Body)).toEqual(['bad']);
    const seen = bodies(await logged('/aws/lambda/consumer'));
    expect(seen.filter((body) => body === 'bad')).toHaveLength(2);
    expect(seen.filter((body) => body === 'good')).toHaveLength(1);
  });

  it('leave the whole batch when the function throws', async () => {
    const { send, receive } = await start(stackOf({ BatchSize: 1 }));

    await send('jobs', 'throw');
    const dead = await receive('jobs-dlq', 10);

    expect(dead.map(({ Body }) => Body)).toEqual(['throw']);
  });

  it('ignore the answer without ReportBatchItemFailures: a failed message counts as handled', async () => {
    const { send, logged, receive } = await start(stackOf({ FunctionResponseTypes: [] }));

    await send('jobs', 'bad');
    await expect.poll(async () => (await logged('/aws/lambda/consumer')).length, { timeout: 5000 }).toBe(1);

    expect(await receive('jobs', 2)).toEqual([]);
    expect(await receive('jobs-dlq', 0)).toEqual([]);
  });

  it('gather messages until the batching window ends', async () => {
    const { send, logged } = await start(stackOf({ MaximumBatchingWindowInSeconds: 2 }, CONSUME, 30));

    await send('jobs', 'one');
    await send('jobs', 'two');

    await expect
      .poll(async () => bodies(await logged('/aws/lambda/consumer')), { timeout: 6000 })
      .toEqual(['one', 'two']);
  });

  it('do nothing when they are disabled, or when the cloud is told so', async () => {
    const { send, receive } = await start(stackOf({ Enabled: false }));

    await send('jobs', 'one');

    expect((await receive('jobs')).map(({ Body }) => Body)).toEqual(['one']);
    await running?.stop();
    const second = await start(stackOf(), { eventSources: false });
    await second.send('jobs', 'two');
    expect((await second.receive('jobs')).map(({ Body }) => Body)).toEqual(['two']);
  });

  it('cannot poll with a role that may not receive, and say so', async () => {
    const { send, lines, receive } = await start(stackOf({}, ['sqs:DeleteMessage']));

    await send('jobs', 'one');

    await expect.poll(() => lines.join('\n'), { timeout: 5000 }).toContain('Mapping cannot poll its queue');
    expect((await receive('jobs')).map(({ Body }) => Body)).toEqual(['one']);
  });
});
