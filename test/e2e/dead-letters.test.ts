import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { PutEventsCommand } from '@aws-sdk/client-eventbridge';
import { SendMessageCommand } from '@aws-sdk/client-sqs';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import * as z from 'zod';
import { EVENT_SOURCE, QUEUES } from '../../lib/constants.ts';
import type { Cloud } from '../../local/cloud.ts';
import { bootCloud } from './support/boot-cloud.ts';
import { deadLetters, drover, type Letter, promote, publish } from './support/drover.ts';
import { startFleet, stopFleet, type TestNode } from './support/fleet.ts';
import { makeFile } from './support/make-file.ts';
import { callAs, type NodeCaller, reportEnvelope, stageQueueUrl } from './support/node-caller.ts';
import { createOperator, type Operator } from './support/operator.ts';
import { temporaryFolder } from './support/temporary-folder.ts';
import { untilVerified } from './support/until-verified.ts';
import { waitFor } from './support/wait-for.ts';

const folder = temporaryFolder('dead-letters');
let cloud: Cloud;
let operator: Operator;
let nodes: TestNode[];
let caller: NodeCaller;

beforeAll(async () => {
  cloud = await bootCloud({ logFolder: folder });
  operator = createOperator(cloud);
  nodes = await startFleet(cloud, operator, join(folder, 'nodes'), { one: {} });
  const [node] = nodes;
  if (node === undefined) throw new Error('there is no node');
  caller = await callAs(cloud, operator, node);
});
afterAll(async () => {
  await stopFleet(nodes);
  await cloud?.stop();
});

const putEvent = async (Source: string, DetailType: string, detail: unknown): Promise<void> => {
  const EventBusName = operator.profile.eventBusName;
  const Entries = [{ EventBusName, Source, DetailType, Detail: JSON.stringify(detail) }];
  const { FailedEntryCount } = await operator.clients.events.send(new PutEventsCommand({ Entries }));
  expect(FailedEntryCount).toBe(0);
};

const untilDead = async (queue: string, count: number): Promise<Letter[]> =>
  waitFor(
    async () => {
      const letters = await deadLetters(cloud, queue);
      return letters.length >= count ? letters : undefined;
    },
    20,
    `${count} messages in the dead letters of ${queue}`,
  );

const envelope = { schemaVersion: 1, eventId: 'evt', occurredAt: '2026-11-23T12:00:00.000Z' };
const fields = { name: 'm', version: '1' };

/** Event name, detail, and what the reason must say. */
const badEvents: [string, unknown, RegExp][] = [
  ['ModelPromoted', fields, /no proper envelope.*schemaVersion/],
  ['ModelPromoted', { ...envelope, ...fields, schemaVersion: 0 }, /schemaVersion/],
  ['ModelPromoted', { ...envelope, ...fields, schemaVersion: 2 }, /schemaVersion/],
  ['ModelPromoted', { ...envelope, ...fields, eventId: '' }, /eventId/],
  ['ModelPromoted', { ...envelope, ...fields, occurredAt: 'yesterday' }, /occurredAt/],
  ['ModelPromotd', { ...envelope, ...fields }, /unknown event "ModelPromotd": did you mean ModelPromoted/],
  ['ModelPromoted', { ...envelope, name: 12, version: ['1'] }, /name.*version/],
  ['ModelPromoted', { ...envelope, name: '../../etc', version: '1' }, /name/],
  ['TrainingProgressed', { ...envelope, name: 'm', progressPercent: '80 %' }, /progressPercent/],
  ['ModelPromoted', { ...envelope, name: 'x'.repeat(200_000), version: '1' }, /name/],
];

describe('ten malformed events from outside', () => {
  it('are all refused into the dead letters of ingest, each with its reason', async () => {
    for (const [index, [name, detail]] of badEvents.entries()) {
      await putEvent(`pipeline.bad.${index}`, name, detail);
    }
    const letters = await untilDead('ingest', badEvents.length);

    expect(letters).toHaveLength(badEvents.length);
    for (const [index, [, , reason]] of badEvents.entries()) {
      const letter = letters.find(({ body }) => body.includes(`"pipeline.bad.${index}"`));
      expect(letter?.reason, `event ${index}`).toMatch(reason);
      expect(letter?.refusedBy).toBe('route-events');
    }
  });

  it('are refused too when they are put straight into the queue without being events at all', async () => {
    const bodies = ['not JSON', '[]', '{}'];
    for (const MessageBody of bodies) {
      await operator.clients.sqs.send(
        new SendMessageCommand({ QueueUrl: stageQueueUrl(QUEUES.ingest), MessageBody }),
      );
    }
    const letters = await untilDead('ingest', badEvents.length + bodies.length);

    expect(letters.find(({ body }) => body === 'not JSON')?.reason).toMatch(/not JSON/);
    for (const text of ['[]', '{}']) {
      expect(letters.find(({ body }) => body === text)?.reason).toMatch(/not an EventBridge event/);
    }
  });
});

describe('ten malformed reports', () => {
  it('are all refused into the dead letters of reports, each with its reason', async () => {
    const [node] = nodes;
    if (node === undefined) throw new Error('there is no node');
    const good = {
      ...reportEnvelope(node.nodeId, caller.bootId),
      type: 'termination-notice',
      notice: { reason: 'sigterm', deadlineSeconds: 1 },
    };
    const badReports: [unknown, RegExp][] = [
      ['not JSON', /not JSON/],
      ['[1]', /malformed report/],
      ['"text"', /malformed report/],
      [{ ...good, type: 'gossip' }, /type/],
      [{ ...good, schemaVersion: 0 }, /schemaVersion/],
      [{ ...good, reportId: '1' }, /reportId/],
      [{ ...good, nodeId: 'n-*' }, /nodeId/],
      [{ ...good, seq: -1 }, /seq/],
      [{ ...good, notice: { reason: 'tired', deadlineSeconds: 1 } }, /notice\.reason/],
      [{ ...good, nodeId: 'n-000000000000' }, /forged sender/],
    ];
    for (const [report] of badReports) await caller.report(report);
    const letters = await untilDead('reports', badReports.length);

    expect(letters).toHaveLength(badReports.length);
    for (const [report, reason] of badReports) {
      const body = typeof report === 'string' ? report : JSON.stringify(report);
      expect(letters.find((letter) => letter.body === body)?.reason, body.slice(0, 200)).toMatch(reason);
    }
  });
});

describe('malformed canonical events', () => {
  it('are refused into the dead letters of distribution by its consumer', async () => {
    await putEvent(EVENT_SOURCE, 'DeliveryVerified', { ...envelope, artifactId: 'short', nodeId: 'n-1' });
    const [letter] = await untilDead('distribution', 1);

    expect(letter?.reason).toMatch(/DeliveryVerified is malformed.*artifactId/);
    expect(letter?.refusedBy).toBe('dispatch-distribution');
  });
});

describe('after all that', () => {
  it('the consumers still do their work', async () => {
    const file = join(folder, 'alive.pth');
    const sha256 = makeFile(file, 50_000);
    await publish(cloud, { file, kind: 'model', name: 'alive', version: '1' });
    await promote(cloud, 'alive@1');
    await untilVerified(operator, sha256, nodes, 30);
  });
});

const redrivenSchema = z.object({ redriven: z.number(), kept: z.number() });

describe('drover dlq redrive', () => {
  it('[events#6-2] brings a promotion to its effect once the artifact is there', async () => {
    const file = join(folder, 'early.pth');
    const sha256 = makeFile(file, 50_000);
    await drover(cloud, z.unknown(), 'events', 'put', 'ModelPromoted', 'name=early', 'version=1');
    const letters = await untilDead('distribution', 2);
    const letter = letters.find(({ body }) => body.includes('"early"'));
    expect(letter?.reason).toContain('early');

    await publish(cloud, { file, kind: 'model', name: 'early', version: '1' });
    const message = ['--message', letter?.messageId ?? ''];
    const answer = await drover(cloud, redrivenSchema, 'dlq', 'redrive', 'distribution', ...message);

    expect(answer).toEqual({ redriven: 1, kept: 0 });
    await untilVerified(operator, sha256, nodes, 30);
    const left = await deadLetters(cloud, 'distribution');
    expect(left.map(({ messageId }) => messageId)).not.toContain(letter?.messageId);
  });

  it('sends a corrected body instead, and the event has its effect', async () => {
    const file = join(folder, 'typo.pth');
    const sha256 = makeFile(file, 50_000);
    await publish(cloud, { file, kind: 'model', name: 'typo', version: '1' });
    await putEvent('pipeline.typo', 'ModelPromotd', {
      ...envelope,
      eventId: 'typo',
      name: 'typo',
      version: '1',
    });
    const letter = await waitFor(
      async () => (await deadLetters(cloud, 'ingest')).find(({ body }) => body.includes('"pipeline.typo"')),
      20,
      'the misspelt event in the dead letters',
    );

    const corrected = join(folder, 'corrected.json');
    writeFileSync(corrected, letter.body.replace('ModelPromotd', 'ModelPromoted'));
    const args = ['--message', letter.messageId, '--body', `@${corrected}`];
    const answer = await drover(cloud, redrivenSchema, 'dlq', 'redrive', 'ingest', ...args);

    expect(answer).toEqual({ redriven: 1, kept: 0 });
    await untilVerified(operator, sha256, nodes, 30);
  });

  it('gives a corrected report to its consumer with the sender that SQS had proved', async () => {
    const letter = (await deadLetters(cloud, 'reports')).find(({ reason }) => /notice\.reason/.test(reason));
    const corrected = join(folder, 'report.json');
    writeFileSync(corrected, (letter?.body ?? '').replace('tired', 'spot-notice'));
    const args = ['--message', letter?.messageId ?? '', '--body', `@${corrected}`];
    const answer = await drover(cloud, redrivenSchema, 'dlq', 'redrive', 'reports', ...args);

    expect(answer).toEqual({ redriven: 1, kept: 0 });
    const rows = await operator.stores.audit.listByAction('termination-notice', 10);
    expect(rows.map(({ actor, reason }) => [actor, reason])).toEqual([[nodes[0]?.nodeId, 'spot-notice']]);
  });

  it('does not make a forged report true: it comes back, refused by the sender that wrote it', async () => {
    const isForged = ({ reason }: Letter): boolean => /forged sender/.test(reason);
    const forged = (await deadLetters(cloud, 'reports')).find(isForged);
    await drover(cloud, redrivenSchema, 'dlq', 'redrive', 'reports', '--message', forged?.messageId ?? '');
    const again = (await deadLetters(cloud, 'reports')).filter(isForged);

    expect(again).toHaveLength(1);
    expect(again[0]?.messageId).not.toBe(forged?.messageId);
    expect(again[0]?.reason).toBe(forged?.reason);
  });

  it('puts a message that is still bad back with its reason', async () => {
    const before = await deadLetters(cloud, 'ingest');
    const letter = before.find(({ body }) => body === 'not JSON');
    await drover(cloud, redrivenSchema, 'dlq', 'redrive', 'ingest', '--message', letter?.messageId ?? '');
    const again = await waitFor(
      async () =>
        (await deadLetters(cloud, 'ingest')).find(
          ({ body, messageId }) => body === 'not JSON' && messageId !== letter?.messageId,
        ),
      20,
      'the message to come back',
    );

    expect(again.reason).toMatch(/not JSON/);
    expect(await deadLetters(cloud, 'ingest')).toHaveLength(before.length);
  });
});
