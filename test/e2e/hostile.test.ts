import { join } from 'node:path';
import { DeleteObjectCommand, GetObjectCommand, PutObjectCommand } from '@aws-sdk/client-s3';
import {
  DeleteMessageCommand,
  PurgeQueueCommand,
  ReceiveMessageCommand,
  SendMessageCommand,
} from '@aws-sdk/client-sqs';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { ARTIFACT_PREFIX, QUEUES } from '../../lib/constants.ts';
import { leaseItem, startItem } from '../../lib/work/work-steps.ts';
import type { Cloud } from '../../local/cloud.ts';
import { makeItem } from '../work/work-fixture.ts';
import { bootCloud } from './support/boot-cloud.ts';
import { deadLetters, publish } from './support/drover.ts';
import { startFleet, stopFleet, type TestNode } from './support/fleet.ts';
import { makeFile } from './support/make-file.ts';
import { callAs, type NodeCaller, reportEnvelope, stageQueueUrl } from './support/node-caller.ts';
import { createOperator, type Operator } from './support/operator.ts';
import { temporaryFolder } from './support/temporary-folder.ts';
import { waitFor } from './support/wait-for.ts';

const folder = temporaryFolder('hostile');
let cloud: Cloud;
let operator: Operator;
let nodes: TestNode[];
let victim: TestNode;
let attacker: NodeCaller;
let artifactId: string;

beforeAll(async () => {
  cloud = await bootCloud({ logFolder: folder });
  operator = createOperator(cloud);
  nodes = await startFleet(cloud, operator, join(folder, 'nodes'), { attacker: {}, victim: {} });
  const [first, second] = nodes;
  if (first === undefined || second === undefined) throw new Error('there are no two nodes');
  victim = second;
  attacker = await callAs(cloud, operator, first);
  const file = join(folder, 'm.pth');
  makeFile(file, 100_000);
  artifactId = await publish(cloud, { file, kind: 'model', name: 'm', version: '1' });
});
afterAll(async () => {
  await stopFleet(nodes);
  await cloud?.stop();
});

/** The name of the error that a call ends with. */
const refusalOf = async (call: Promise<unknown>): Promise<string> => {
  try {
    await call;
  } catch (error) {
    if (error instanceof Error) return error.name;
    throw error;
  }
  return 'it was let through';
};

const artifactObject = () => ({
  Bucket: operator.profile.artifactBucket,
  Key: `${ARTIFACT_PREFIX}${artifactId}`,
});

describe('a node that turned against its fleet', () => {
  it('cannot report for another node: the report is refused with both names', async () => {
    const before = await operator.stores.nodes.get(victim.nodeId);
    const envelope = reportEnvelope(victim.nodeId, before?.bootId ?? '');
    await attacker.report({
      ...envelope,
      seq: 1_000_000,
      type: 'heartbeat',
      heartbeat: {
        agentVersion: 'forged',
        uptimeSeconds: 1,
        mode: 'draining',
        slots: { total: 0, free: 0 },
        runningCommandIds: [],
        activeTransfers: 0,
      },
    });

    const letter = await waitFor(
      async () => (await deadLetters(cloud, 'reports')).find(({ body }) => body.includes(envelope.reportId)),
      15,
      'the forged report in the dead letters',
    );
    expect(letter.reason).toContain('forged sender');
    expect(letter.reason).toContain(victim.nodeId);
    expect(letter.reason).toContain(nodes[0]?.nodeId);
    expect(letter.refusedBy).toBe('record-reports');
    const after = await operator.stores.nodes.get(victim.nodeId);
    expect(after?.heartbeat?.agentVersion).toBe(before?.heartbeat?.agentVersion);
  });

  it('cannot receive from, delete in or send to the queue of another node', async () => {
    const QueueUrl = stageQueueUrl(`node-${victim.nodeId}`);
    const { sqs } = attacker;
    const calls = [
      sqs.send(new ReceiveMessageCommand({ QueueUrl })),
      sqs.send(new DeleteMessageCommand({ QueueUrl, ReceiptHandle: 'any' })),
      sqs.send(new SendMessageCommand({ QueueUrl, MessageBody: '{}' })),
      sqs.send(new PurgeQueueCommand({ QueueUrl })),
    ];
    for (const call of calls) expect(await refusalOf(call)).toMatch(/^AccessDenied/);
  });

  it.each([QUEUES.ingest, QUEUES.distribution, QUEUES.work, `${QUEUES.reports}-dlq`])(
    'cannot send to the queue %s',
    async (queue) => {
      const message = { QueueUrl: stageQueueUrl(queue), MessageBody: '{}' };
      expect(await refusalOf(attacker.sqs.send(new SendMessageCommand(message)))).toMatch(/^AccessDenied/);
    },
  );

  it('cannot overwrite or delete an artifact, and the artifact is what it was', async () => {
    const { s3 } = attacker;
    const object = artifactObject();
    const Body = Buffer.from('not the model');

    expect(await refusalOf(s3.send(new PutObjectCommand({ ...object, Body })))).toMatch(/^AccessDenied/);
    expect(await refusalOf(s3.send(new PutObjectCommand({ ...object, Body, IfNoneMatch: '*' })))).toBe(
      'PreconditionFailed',
    );
    expect(await refusalOf(s3.send(new DeleteObjectCommand(object)))).toMatch(/^AccessDenied/);
    const stored = await s3.send(new GetObjectCommand(object));
    expect(stored.ContentLength).toBe(100_000);
  });

  it('cannot write outside the artifacts of the store', async () => {
    const object = { ...artifactObject(), Key: 'elsewhere/file', Body: 'x', IfNoneMatch: '*' };
    expect(await refusalOf(attacker.s3.send(new PutObjectCommand(object)))).toMatch(/^AccessDenied/);
  });

  it('cannot end work that was given to another node, under its own name or under another', async () => {
    const [first] = nodes;
    if (first === undefined) throw new Error('there is no node');
    const lease = { token: 't-victim', nodeId: victim.nodeId };
    const item = startItem(leaseItem(makeItem(), lease, new Date()), new Date().toISOString());
    await operator.stores.work.create(item);
    const work = {
      token: lease.token,
      workId: item.workId,
      attempt: 1,
      state: 'succeeded',
      exitCode: 0,
      durationSeconds: 1,
      logTail: '',
      evidence: { gamesPlayed: 1000 },
      outputs: [],
    };
    await attacker.report({ ...reportEnvelope(first.nodeId, attacker.bootId), type: 'work', work });
    const forged = reportEnvelope(victim.nodeId, attacker.bootId);
    await attacker.report({ ...forged, type: 'work', work });

    const [row] = await waitFor(
      async () => {
        const rows = await operator.stores.audit.listByAction('refuse-work-report', 9);
        return rows.length > 0 && rows;
      },
      15,
      'the refusal in the audit',
    );
    expect(row).toMatchObject({ subject: `work:${item.workId}`, reason: 'not-its-lease' });
    await waitFor(
      async () => (await deadLetters(cloud, 'reports')).find(({ body }) => body.includes(forged.reportId)),
      15,
      'the forged report in the dead letters',
    );
    expect(await operator.stores.work.get(item.workId)).toEqual(item);
  });

  it('cannot answer a command that was given to another node', async () => {
    const [first] = nodes;
    if (first === undefined) throw new Error('there is no node');
    const envelope = reportEnvelope(first.nodeId, attacker.bootId);
    const file = { artifactId, bytes: 100_000, path: 'models/m/1/m.pth' };
    await attacker.report({
      ...envelope,
      type: 'command-result',
      result: {
        commandId: 'c-never-given',
        attempt: 1,
        commandType: 'pull',
        outcome: 'succeeded',
        file: { ...file, transferredBytes: 0, durationSeconds: 1 },
      },
    });

    const letter = await waitFor(
      async () => (await deadLetters(cloud, 'reports')).find(({ body }) => body.includes(envelope.reportId)),
      15,
      'the answer in the dead letters',
    );
    expect(letter.reason).toContain('never given to it');
    expect((await operator.stores.artifacts.get(artifactId))?.replicaNodeIds).toEqual([]);
  });
});
