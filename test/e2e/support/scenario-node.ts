import { createHash, randomUUID } from 'node:crypto';
import { GetObjectCommand, PutObjectCommand, S3Client } from '@aws-sdk/client-s3';
import {
  DeleteMessageCommand,
  ReceiveMessageCommand,
  SendMessageCommand,
  SQSClient,
} from '@aws-sdk/client-sqs';
import type { z } from 'zod';
import { artifactKey } from '../../../lib/artifacts/artifact.ts';
import { type Command, commandSchema } from '../../../lib/commands/command.ts';
import { enrollResponseSchema } from '../../../lib/identity/enrolment.ts';
import type { Heartbeat } from '../../../lib/nodes/heartbeat.ts';
import type { Cloud } from '../../../local/cloud.ts';
import { mintToken } from '../../../local/start/mint-token.ts';
import { callEnrolment } from './node-caller.ts';

/** A node played by the test: it enrols and calls AWS as an agent does, with what it was answered, and does nothing by itself. */
interface ScriptedNode {
  readonly nodeId: string;
  readonly bootId: string;
  /** All that the enrolment told it. */
  readonly answer: z.infer<typeof enrollResponseSchema>;
  /** Sends a report; its envelope is added. */
  report(body: Readonly<Record<string, unknown>>): Promise<void>;
  beat(): Promise<void>;
  /** Takes the next command from its queue; undefined when there is none now. */
  takeCommand(): Promise<Command | undefined>;
  /** Puts bytes into the artifact bucket under their hash, which it answers. */
  store(bytes: string): Promise<string>;
  /** The bytes that a command points at, as text. */
  fetch(object: { readonly bucket: string; readonly key: string }): Promise<string>;
  close(): void;
}

const GIGABYTE = 1_000_000_000;

const heartbeat: Heartbeat = {
  agentVersion: 'scripted',
  uptimeSeconds: 1,
  mode: 'active',
  slots: { total: 1, free: 1 },
  disk: { totalBytes: 100 * GIGABYTE, freeBytes: 90 * GIGABYTE, usedPercent: 10 },
  runningCommandIds: [],
  activeTransfers: 0,
};

/** Which machine it says it is; default one that no provider lists. */
interface Identity {
  readonly provider: string;
  readonly instanceId: string;
}

/** @throws Error with the answer when the control plane refuses */
const enrolNode = async (
  cloud: Cloud,
  identity: Identity = { provider: 'static', instanceId: randomUUID() },
): Promise<ScriptedNode> => {
  const machine = { bootId: randomUUID(), agentVersion: 'scripted' };
  const { status, body } = await callEnrolment(cloud, 'enroll', {
    ...machine,
    joinToken: await mintToken(cloud, 1),
    ...identity,
    capabilities: { gpuCount: 1 },
  });
  if (status !== 200) throw new Error(`the enrolment answered ${status} ${JSON.stringify(body)}`);
  const answer = enrollResponseSchema.parse(body);
  const { nodeId, queueUrl: QueueUrl, artifactBucket: Bucket, reportsQueueUrl, credentials, region } = answer;
  const common = { region, endpoint: cloud.endpoint, credentials };
  const sqs = new SQSClient({ ...common, useQueueUrlAsEndpoint: false });
  const s3 = new S3Client({ ...common, forcePathStyle: true });
  let seq = 0;
  const report: ScriptedNode['report'] = async (content) => {
    seq += 1;
    const envelope = { schemaVersion: 1, reportId: randomUUID(), nodeId, bootId: machine.bootId, seq };
    const MessageBody = JSON.stringify({ ...envelope, sentAt: new Date().toISOString(), ...content });
    await sqs.send(new SendMessageCommand({ QueueUrl: reportsQueueUrl, MessageBody }));
  };
  return {
    nodeId,
    bootId: machine.bootId,
    answer,
    report,
    beat: () => report({ type: 'heartbeat', heartbeat }),
    takeCommand: async () => {
      const { Messages: [message] = [] } = await sqs.send(
        new ReceiveMessageCommand({ QueueUrl, WaitTimeSeconds: 0 }),
      );
      if (message === undefined) return undefined;
      await sqs.send(new DeleteMessageCommand({ QueueUrl, ReceiptHandle: message.ReceiptHandle }));
      return commandSchema.parse(JSON.parse(message.Body ?? ''));
    },
    store: async (bytes) => {
      const sha256 = createHash('sha256').update(bytes).digest('hex');
      await s3.send(
        new PutObjectCommand({ Bucket, Key: artifactKey(sha256), Body: bytes, IfNoneMatch: '*' }),
      );
      return sha256;
    },
    fetch: async ({ bucket, key }) => {
      const { Body } = await s3.send(new GetObjectCommand({ Bucket: bucket, Key: key }));
      return (await Body?.transformToString()) ?? '';
    },
    close: () => {
      sqs.destroy();
      s3.destroy();
    },
  };
};

export type { ScriptedNode };
export { enrolNode, heartbeat };
