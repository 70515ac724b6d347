import { writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import {
  CreateQueueCommand,
  DeleteMessageCommand,
  PurgeQueueCommand,
  ReceiveMessageCommand,
  SendMessageCommand,
} from '@aws-sdk/client-sqs';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import * as z from 'zod';
import { deadLetterQueues, queueUrl } from '../../../cli/dead-letters.ts';
import { resourceName } from '../../../lib/constants.ts';
import { startEmptyFrontDoor } from '../support/front-door.ts';
import { createTestInstallation, OPERATOR } from '../support/test-installation.ts';

let frontDoor: Awaited<ReturnType<typeof startEmptyFrontDoor>>;
let installation: ReturnType<typeof createTestInstallation>;

beforeAll(async () => {
  frontDoor = await startEmptyFrontDoor();
  installation = createTestInstallation(frontDoor.endpoint);
  const names = deadLetterQueues('test').map(({ queueName }) => queueName);
  for (const name of [...names, 'ingest', 'distribution', 'reports'].map((each) =>
    each.startsWith('drover-') ? each : resourceName('test', each),
  ))
    await installation.clients.sqs.send(new CreateQueueCommand({ QueueName: name }));
});
afterAll(() => frontDoor.stop());

const url = (part: string): Promise<string> => queueUrl(installation.clients.sqs, resourceName('test', part));

const refuse = async (part: string, body: string, reason?: string): Promise<string> => {
  const { MessageId } = await installation.clients.sqs.send(
    new SendMessageCommand({
      QueueUrl: await url(part),
      MessageBody: body,
      ...(reason !== undefined && {
        MessageAttributes: {
          reason: { DataType: 'String', StringValue: reason },
          refusedBy: { DataType: 'String', StringValue: 'route-events' },
        },
      }),
    }),
  );
  return MessageId ?? '';
};

const receiveAll = async (part: string) => {
  const { Messages = [] } = await installation.clients.sqs.send(
    new ReceiveMessageCommand({
      QueueUrl: await url(part),
      MaxNumberOfMessages: 10,
      MessageAttributeNames: ['All'],
      VisibilityTimeout: 0,
    }),
  );
  return Messages;
};

const listSchema = z.object({ queues: z.array(z.looseObject({ queue: z.string(), depth: z.unknown() })) });
const showSchema = z.object({ messages: z.array(z.looseObject({ reason: z.string(), body: z.string() })) });
const redriveSchema = z.looseObject({ redriven: z.number(), kept: z.number() });

const depthOf = async (queue: string): Promise<unknown> => {
  const { queues } = listSchema.parse((await installation.run(['dlq', 'list', '--json'])).json());
  return queues.find((each) => each.queue === queue)?.depth;
};

describe('drover dlq', () => {
  it('redrives one message and hides none of the others that came along', async () => {
    const ids: string[] = [];
    for (const body of ['a', 'b', 'c']) ids.push(await refuse('distribution-dlq', body, 'test'));
    const first = await installation.run([
      'dlq',
      'redrive',
      'distribution',
      '--message',
      ids[0] ?? '',
      '--json',
    ]);
    expect(redriveSchema.parse(first.json())).toMatchObject({ redriven: 1, kept: 0 });

    expect((await receiveAll('distribution-dlq')).map(({ Body }) => Body).sort()).toEqual(['b', 'c']);
    for (const part of ['distribution-dlq', 'distribution'])
      await installation.clients.sqs.send(new PurgeQueueCommand({ QueueUrl: await url(part) }));
  });

  it('shows reasons and leaves the messages in the queue', async () => {
    await refuse('node-dlq', 'no json', undefined);
    await refuse('node-dlq', '{"a":1}', 'unknown event');
    for (const _time of ['once', 'twice']) {
      const shown = await installation.run(['dlq', 'show', 'node', '--json']);
      const { messages } = showSchema.parse(shown.json());
      expect(messages.map(({ body, reason }) => [body, reason]).sort()).toEqual([
        ['no json', expect.stringContaining('no reason written')],
        ['{"a":1}', 'unknown event'],
      ]);
    }
    expect(await depthOf('node')).toBe(2);
  });

  it('redrives to the source queue without the reason, deletes after that, and audits', async () => {
    const body = '{"detail-type":"ModelPromoted"}';
    await refuse('distribution-dlq', body, 'not registered');
    const done = await installation.run(['dlq', 'redrive', 'distribution', '--json']);
    expect(done.exitCode).toBe(0);
    expect(redriveSchema.parse(done.json())).toMatchObject({ redriven: 1, kept: 0 });
    const [message] = await receiveAll('distribution');
    expect(message).toMatchObject({ Body: body });
    expect(message?.MessageAttributes).toBeUndefined();
    expect(await depthOf('distribution')).toBe(0);
    const [row] = await installation.stores.audit.listByAction('redrive-message', 1);
    expect(row).toMatchObject({
      actor: OPERATOR,
      subject: 'queue:drover-test-distribution-dlq',
      reason: 'not registered',
    });
  });

  it('replaces the body of one message and leaves the others', async () => {
    await refuse('ingest-dlq', 'other', 'bad');
    const id = await refuse('ingest-dlq', 'broken', 'bad');
    const file = join(tmpdir(), `drover-body-${process.pid}.json`);
    writeFileSync(file, '{"mended":true}');
    const done = await installation.run([
      'dlq',
      'redrive',
      'ingest',
      '--message',
      id,
      '--body',
      `@${file}`,
      '--json',
    ]);
    expect(redriveSchema.parse(done.json())).toMatchObject({ redriven: 1 });
    expect((await receiveAll('ingest')).map(({ Body }) => Body)).toEqual(['{"mended":true}']);
    expect((await receiveAll('ingest-dlq')).map(({ Body }) => Body)).toEqual(['other']);
  });

  it('keeps what cannot go back, says why, and answers 1', async () => {
    await refuse('node-dlq', 'no json', 'no command');
    const done = await installation.run(['dlq', 'redrive', 'node', '--json']);
    expect(done.exitCode).toBe(1);
    expect(redriveSchema.parse(done.json())).toMatchObject({ redriven: 0, kept: 3 });
    expect(done.out).toContain('names no node');
    expect(await depthOf('node')).toBe(3);
  });

  it('does not send again in the same run what failed again at once [events#5-16]', async () => {
    await installation.clients.sqs.send(new PurgeQueueCommand({ QueueUrl: await url('distribution') }));
    const bodies = ['1', '2', '3'];
    for (const body of bodies) await refuse('distribution-dlq', body, 'not registered');
    let stopped = false;
    const refuseEverything = async (): Promise<void> => {
      const QueueUrl = await url('distribution');
      while (!stopped) {
        const { Messages = [] } = await installation.clients.sqs.send(
          new ReceiveMessageCommand({ QueueUrl }),
        );
        for (const { Body = '', ReceiptHandle } of Messages) {
          await refuse('distribution-dlq', Body, 'still not registered');
          await installation.clients.sqs.send(new DeleteMessageCommand({ QueueUrl, ReceiptHandle }));
        }
      }
    };
    const consumer = refuseEverything();
    const done = await installation.run(['dlq', 'redrive', 'distribution', '--json']);
    expect(redriveSchema.parse(done.json()).redriven).toBe(bodies.length);
    await expect.poll(() => depthOf('distribution'), { timeout: 5000 }).toBe(bodies.length);
    stopped = true;
    await consumer;
  });

  it.each([
    [['dlq', 'redrive', 'ingest', '--body', 'x'], 2, /which with --message/],
    [['dlq', 'redrive', 'ingest', '--message', 'x', '--body', '@/gone'], 2, /cannot read/],
    [['dlq', 'show', 'nothing'], 2, /choose one of/],
    [['dlq', 'redrive', 'targets', '--message', 'gone'], 1, /^$/],
  ])('answers %j with %i', async (args, exitCode, message) => {
    const done = await installation.run(args);
    expect(done.exitCode).toBe(exitCode);
    expect(done.error).toMatch(message);
  });

  it('says unknown, and answers 1, when a depth cannot be read', async () => {
    const done = await createTestInstallation('http://127.0.0.1:9').run(['dlq', 'list', '--json']);
    expect(done.exitCode).toBe(1);
    const { queues } = listSchema.parse(done.json());
    expect(queues).toHaveLength(deadLetterQueues('test').length);
    expect(queues.every(({ depth }) => depth === 'unknown')).toBe(true);
  });
});
