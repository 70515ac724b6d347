import { randomUUID } from 'node:crypto';
import {
  DeleteMessageCommand,
  ReceiveMessageCommand,
  SendMessageCommand,
  SQSClient,
} from '@aws-sdk/client-sqs';
import { type Command, commandSchema } from '../../lib/commands/command.ts';
import { enrollResponseSchema } from '../../lib/identity/enrolment.ts';
import type { Report } from '../../lib/nodes/report.ts';
import type { Cloud } from '../../local/cloud.ts';
import { mintToken } from '../../local/start/mint-token.ts';

const BOOT_ID = randomUUID();
const machine = { bootId: BOOT_ID, agentVersion: 'bench' };

type ReportBody = Report extends infer One
  ? One extends Report
    ? Omit<One, 'schemaVersion' | 'reportId' | 'nodeId' | 'bootId' | 'seq' | 'sentAt'>
    : never
  : never;

/** A node without a disk: it takes commands and answers as an agent would, so that only the control plane is measured. */
interface BenchNode {
  readonly nodeId: string;
  report(body: ReportBody): Promise<void>;
  /** Waits for the next command, and takes it out of the queue only after the clock was read. */
  receive(): Promise<{ command: Command; receivedAt: number; acknowledge: () => Promise<void> }>;
}

const enrol = async (cloud: Cloud, enrolmentUrl: string, instanceId: string) => {
  const response = await fetch(new URL('enroll', enrolmentUrl), {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({
      ...machine,
      joinToken: await mintToken(cloud, 1),
      provider: 'static',
      instanceId,
      capabilities: { trains: true },
    }),
    signal: AbortSignal.timeout(10_000),
  });
  const text = await response.text();
  if (!response.ok) {
    throw new Error(`enrolling the bench's node failed with ${response.status}: ${text}`);
  }
  return enrollResponseSchema.parse(JSON.parse(text));
};

/** Enrols over HTTP as an agent does. */
const joinAsNode = async (cloud: Cloud, enrolmentUrl: string, instanceId = 'bench'): Promise<BenchNode> => {
  const enrolment = await enrol(cloud, enrolmentUrl, instanceId);
  const sqs = new SQSClient({
    endpoint: cloud.endpoint,
    region: cloud.region,
    credentials: enrolment.credentials,
    useQueueUrlAsEndpoint: false,
  });
  let seq = 0;
  return {
    nodeId: enrolment.nodeId,
    report: async (body) => {
      seq += 1;
      const report = {
        schemaVersion: 1,
        reportId: randomUUID(),
        nodeId: enrolment.nodeId,
        bootId: BOOT_ID,
        seq,
        sentAt: new Date().toISOString(),
        ...body,
      };
      await sqs.send(
        new SendMessageCommand({ QueueUrl: enrolment.reportsQueueUrl, MessageBody: JSON.stringify(report) }),
      );
    },
    receive: async () => {
      for (;;) {
        const { Messages: [message] = [] } = await sqs.send(
          new ReceiveMessageCommand({ QueueUrl: enrolment.queueUrl, WaitTimeSeconds: 20 }),
        );
        const receivedAt = performance.now();
        if (message !== undefined) {
          const { ReceiptHandle } = message;
          return {
            command: commandSchema.parse(JSON.parse(message.Body ?? '')),
            receivedAt,
            acknowledge: async () => {
              await sqs.send(new DeleteMessageCommand({ QueueUrl: enrolment.queueUrl, ReceiptHandle }));
            },
          };
        }
      }
    },
  };
};

export type { BenchNode };
export { joinAsNode };
