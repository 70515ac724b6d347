import { randomUUID } from 'node:crypto';
import { S3Client } from '@aws-sdk/client-s3';
import { SendMessageCommand, SQSClient } from '@aws-sdk/client-sqs';
import { QUEUES, resourceName } from '../../../lib/constants.ts';
import { credentialsResponseSchema } from '../../../lib/identity/enrolment.ts';
import { queueUrl } from '../../../local/arns.ts';
import type { ReachableCloud } from '../../../local/cloud.ts';
import { profileOf } from '../../../local/start/write-profile.ts';
import { LOCAL_STAGE } from '../../../local/synth.ts';
import { identityOf, type TestNode } from './fleet.ts';
import type { Operator } from './operator.ts';

const stageQueueUrl = (name: string): string => queueUrl(resourceName(LOCAL_STAGE, name));

interface Answer {
  readonly status: number;
  readonly body: unknown;
}

/** One call of the enrolment API, as any program on the internet can make it. */
const callEnrolment = async (cloud: ReachableCloud, path: string, body: unknown): Promise<Answer> => {
  const response = await fetch(new URL(path, profileOf(cloud).enrolmentUrl), {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: typeof body === 'string' ? body : JSON.stringify(body),
  });
  const text = await response.text();
  const json: unknown = JSON.parse(text);
  return { status: response.status, body: json };
};

interface NodeCaller {
  /** The boot that its node is bound to. */
  readonly bootId: string;
  readonly sqs: SQSClient;
  readonly s3: S3Client;
  /** Puts `body` into the reports queue; what is no string is sent as JSON. */
  report(body: unknown): Promise<void>;
}

/** Calls AWS with the node's own credentials, got with its secret as its agent gets them. */
const callAs = async (cloud: ReachableCloud, operator: Operator, node: TestNode): Promise<NodeCaller> => {
  const bootId = (await operator.stores.nodes.get(node.nodeId))?.bootId ?? 'unknown';
  const request = { ...identityOf(node.dataFolder), bootId, agentVersion: 'test' };
  const { status, body } = await callEnrolment(cloud, 'credentials', request);
  if (status !== 200) throw new Error(`no credentials for ${node.nodeId}: ${status} ${JSON.stringify(body)}`);
  const { credentials } = credentialsResponseSchema.parse(body);
  const common = { region: cloud.region, endpoint: cloud.endpoint, credentials };
  const sqs = new SQSClient({ ...common, useQueueUrlAsEndpoint: false });
  return {
    bootId,
    sqs,
    s3: new S3Client({ ...common, forcePathStyle: true }),
    report: async (report) => {
      const MessageBody = typeof report === 'string' ? report : JSON.stringify(report);
      await sqs.send(new SendMessageCommand({ QueueUrl: stageQueueUrl(QUEUES.reports), MessageBody }));
    },
  };
};

/** What every report begins with. */
const reportEnvelope = (nodeId: string, bootId: string) => ({
  schemaVersion: 1,
  reportId: randomUUID(),
  nodeId,
  bootId,
  seq: 0,
  sentAt: new Date().toISOString(),
});

export type { Answer, NodeCaller };
export { callAs, callEnrolment, reportEnvelope, stageQueueUrl };
