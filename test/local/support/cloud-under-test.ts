import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { CloudWatchLogsClient, FilterLogEventsCommand } from '@aws-sdk/client-cloudwatch-logs';
import { EventBridgeClient, PutEventsCommand } from '@aws-sdk/client-eventbridge';
import { type Message, ReceiveMessageCommand, SendMessageBatchCommand, SQSClient } from '@aws-sdk/client-sqs';
import { type Cloud, type CloudOptions, startCloud } from '../../../local/cloud.ts';
import { writeAssembly } from './hand-made-assembly.ts';

interface CloudUnderTest {
  readonly cloud: Cloud;
  readonly lines: string[];
  send(queue: string, ...bodies: string[]): Promise<void>;
  receive(queue: string, waitSeconds?: number): Promise<Message[]>;
  putEvent(detailType: string, detail: unknown, busName?: string): Promise<void>;
  logged(group: string): Promise<string[]>;
  stop(): Promise<void>;
}

/** Runs a hand-made template, with clients that call as the operator. */
const startUnderTest = async (
  resources: Record<string, unknown>,
  functions: Readonly<Record<string, string>> = {},
  options: Partial<CloudOptions> & { outputs?: Record<string, unknown> } = {},
): Promise<CloudUnderTest> => {
  const folder = await mkdtemp(join(tmpdir(), 'cloud-'));
  const lines: string[] = [];
  const { outputs = {}, ...rest } = options;
  await writeAssembly(folder, { Resources: resources, Outputs: outputs }, functions);
  const cloud = await startCloud({ assemblyFolder: folder, log: (line) => lines.push(line), ...rest });
  const environment = cloud.operatorEnvironment();
  const config = {
    endpoint: cloud.endpoint,
    region: cloud.region,
    credentials: {
      accessKeyId: environment['AWS_ACCESS_KEY_ID'] ?? '',
      secretAccessKey: environment['AWS_SECRET_ACCESS_KEY'] ?? '',
    },
  };
  const sqs = new SQSClient({ ...config, useQueueUrlAsEndpoint: false });
  const events = new EventBridgeClient(config);
  const logs = new CloudWatchLogsClient(config);
  const urlOf = (queue: string): string => `${cloud.endpoint}/${cloud.accountId}/${queue}`;
  return {
    cloud,
    lines,
    send: async (queue, ...bodies) => {
      const Entries = bodies.map((MessageBody, index) => ({ Id: String(index), MessageBody }));
      await sqs.send(new SendMessageBatchCommand({ QueueUrl: urlOf(queue), Entries }));
    },
    receive: async (queue, waitSeconds = 5) => {
      const command = new ReceiveMessageCommand({
        QueueUrl: urlOf(queue),
        WaitTimeSeconds: waitSeconds,
        MaxNumberOfMessages: 10,
        MessageAttributeNames: ['All'],
        MessageSystemAttributeNames: ['All'],
      });
      return (await sqs.send(command)).Messages ?? [];
    },
    putEvent: async (DetailType, detail, EventBusName = 'default') => {
      const Entries = [{ Source: 'test', DetailType, Detail: JSON.stringify(detail), EventBusName }];
      await events.send(new PutEventsCommand({ Entries }));
    },
    logged: async (logGroupName) => {
      const answer = await logs.send(new FilterLogEventsCommand({ logGroupName }));
      return (answer.events ?? []).map(({ message }) => message ?? '');
    },
    stop: async () => {
      await cloud.stop();
      for (const client of [sqs, events, logs]) client.destroy();
      await rm(folder, { recursive: true, force: true });
    },
  };
};

export type { CloudUnderTest };
export { startUnderTest };
