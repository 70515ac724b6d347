import { fork } from 'node:child_process';
import { once } from 'node:events';
import {
  ChangeMessageVisibilityCommand,
  CreateQueueCommand,
  DeleteMessageCommand,
  GetQueueAttributesCommand,
  GetQueueUrlCommand,
  ListQueuesCommand,
  QueueDoesNotExist,
  QueueNameExists,
  ReceiveMessageCommand,
  SendMessageBatchCommand,
  SendMessageCommand,
  type SQSClient,
} from '@aws-sdk/client-sqs';
import { AssumeRoleCommand } from '@aws-sdk/client-sts';
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest';
import * as z from 'zod';
import type { FrontDoor } from '../../../local/emulators/front-door.ts';
import {
  ACCOUNT,
  clientsOf,
  keysWithPolicy,
  REGION,
  refusalOf,
  start,
  temporaryFolder,
} from './support/front-door.ts';

const arnOf = (name: string): string => `arn:aws:sqs:${REGION}:${ACCOUNT}:${name}`;

const createQueue = async (sqs: SQSClient, name: string, Attributes: Record<string, string> = {}) => {
  const { QueueUrl } = await sqs.send(new CreateQueueCommand({ QueueName: name, Attributes }));
  return z.string().parse(QueueUrl);
};

const receive = async (sqs: SQSClient, QueueUrl: string, WaitTimeSeconds = 0) => {
  const { Messages } = await sqs.send(
    new ReceiveMessageCommand({
      QueueUrl,
      WaitTimeSeconds,
      MaxNumberOfMessages: 10,
      MessageSystemAttributeNames: ['All'],
      MessageAttributeNames: ['All'],
    }),
  );
  return Messages ?? [];
};

describe('the SQS emulator', () => {
  let cloud: FrontDoor;
  let sqs: SQSClient;

  beforeAll(async () => {
    cloud = await start();
    sqs = clientsOf(cloud).sqs;
  });
  afterAll(() => cloud.stop());

  it('names queues by endpoint, account and name, and takes URLs of any host', async () => {
    const url = await createQueue(sqs, 'named');
    expect(url).toBe(`${cloud.endpoint}/${ACCOUNT}/named`);
    const awsUrl = `https://sqs.${REGION}.amazonaws.com/${ACCOUNT}/named`;
    await sqs.send(new SendMessageCommand({ QueueUrl: awsUrl, MessageBody: 'hello' }));
    expect(await receive(sqs, url)).toMatchObject([{ Body: 'hello' }]);
    expect((await sqs.send(new GetQueueUrlCommand({ QueueName: 'named' }))).QueueUrl).toBe(url);
    expect((await sqs.send(new ListQueuesCommand({ QueueNamePrefix: 'nam' }))).QueueUrls).toEqual([url]);
    const { Attributes } = await sqs.send(
      new GetQueueAttributesCommand({ QueueUrl: url, AttributeNames: ['QueueArn'] }),
    );
    expect(Attributes?.['QueueArn']).toBe(arnOf('named'));
  });

  it('refuses unknown queues and queues of other accounts', async () => {
    const call = (account: string) =>
      sqs.send(
        new SendMessageCommand({ QueueUrl: `${cloud.endpoint}/${account}/nowhere`, MessageBody: 'x' }),
      );
    await expect(call(ACCOUNT)).rejects.toBeInstanceOf(QueueDoesNotExist);
    expect((await refusalOf(call('999999999999'))).name).toBe('AccessDenied');
  });

  it('finds an existing queue, and refuses to make it again with other attributes', async () => {
    const url = await createQueue(sqs, 'again', { VisibilityTimeout: '60' });
    expect(await createQueue(sqs, 'again', { VisibilityTimeout: '60' })).toBe(url);
    await expect(createQueue(sqs, 'again', { VisibilityTimeout: '61' })).rejects.toBeInstanceOf(
      QueueNameExists,
    );
  });

  it('tells the sender: a role by its id and session name, also in batches and in the dead-letter queue', async () => {
    const dlq = await createQueue(sqs, 'sender-dlq');
    const url = await createQueue(sqs, 'sender', {
      VisibilityTimeout: '0',
      RedrivePolicy: JSON.stringify({ deadLetterTargetArn: arnOf('sender-dlq'), maxReceiveCount: 1 }),
    });
    const roleArn = `arn:aws:iam::${ACCOUNT}:role/agents`;
    cloud.principals.registerRole({
      arn: roleArn,
      roleId: 'AROAAGENTS',
      trustPolicy: {
        Version: '2012-10-17',
        Statement: [{ Effect: 'Allow', Principal: { AWS: ACCOUNT }, Action: 'sts:AssumeRole' }],
      },
    });
    cloud.authorizer.setRolePolicies(roleArn, [
      {
        Version: '2012-10-17',
        Statement: [{ Effect: 'Allow', Action: 'sqs:SendMessage', Resource: arnOf('sender') }],
      },
    ]);
    const { Credentials } = await clientsOf(cloud).sts.send(
      new AssumeRoleCommand({ RoleArn: roleArn, RoleSessionName: 'n-000000000001' }),
    );
    const agent = clientsOf(cloud, {
      accessKeyId: Credentials?.AccessKeyId ?? '',
      secretAccessKey: Credentials?.SecretAccessKey ?? '',
      sessionToken: Credentials?.SessionToken ?? '',
    });
    await agent.sqs.send(
      new SendMessageBatchCommand({ QueueUrl: url, Entries: [{ Id: 'a', MessageBody: 'from an agent' }] }),
    );
    expect(await receive(sqs, url)).toMatchObject([
      { Attributes: { SenderId: 'AROAAGENTS:n-000000000001' } },
    ]);
    expect(await receive(sqs, url)).toEqual([]);
    expect(await receive(sqs, dlq)).toMatchObject([
      { Body: 'from an agent', Attributes: { SenderId: 'AROAAGENTS:n-000000000001' } },
    ]);
  });

  it('answers a long poll as soon as a message comes, and empty after its time', async () => {
    const url = await createQueue(sqs, 'polled');
    const polling = receive(sqs, url, 10);
    const started = performance.now();
    await sqs.send(new SendMessageCommand({ QueueUrl: url, MessageBody: 'wake up' }));
    expect(await polling).toMatchObject([{ Body: 'wake up' }]);
    expect(performance.now() - started).toBeLessThan(2000);
    const again = performance.now();
    expect(await receive(sqs, url, 1)).toEqual([]);
    expect(performance.now() - again).toBeGreaterThan(900);
  });

  it('gives each message to one of many pollers, and lets the others wait on', async () => {
    const url = await createQueue(sqs, 'shared');
    const polls = Array.from({ length: 5 }, () => receive(sqs, url, 2));
    const started = performance.now();
    await sqs.send(new SendMessageCommand({ QueueUrl: url, MessageBody: 'only one' }));
    const received = await Promise.all(polls);
    expect(received.flat()).toHaveLength(1);
    expect(performance.now() - started).toBeGreaterThan(1000);
  });

  it('loses nothing when a poller hangs up', async () => {
    const url = await createQueue(sqs, 'abandoned', { VisibilityTimeout: '600' });
    for (let round = 0; round < 3; round += 1) {
      const hangUp = new AbortController();
      const poll = sqs.send(new ReceiveMessageCommand({ QueueUrl: url, WaitTimeSeconds: 10 }), {
        abortSignal: hangUp.signal,
      });
      await new Promise((resolve) => setTimeout(resolve, 100));
      hangUp.abort();
      await expect(poll).rejects.toThrow();
    }
    await sqs.send(new SendMessageCommand({ QueueUrl: url, MessageBody: 'still here' }));
    expect(await receive(sqs, url, 2)).toMatchObject([
      { Body: 'still here', Attributes: { ApproximateReceiveCount: '1' } },
    ]);
  });

  it('shows a message again at visibility 0', async () => {
    const url = await createQueue(sqs, 'returned');
    await sqs.send(new SendMessageCommand({ QueueUrl: url, MessageBody: 'twice' }));
    const [first] = await receive(sqs, url);
    await sqs.send(
      new ChangeMessageVisibilityCommand({
        QueueUrl: url,
        ReceiptHandle: first?.ReceiptHandle,
        VisibilityTimeout: 0,
      }),
    );
    const [second] = await receive(sqs, url);
    expect(second).toMatchObject({ Body: 'twice', Attributes: { ApproximateReceiveCount: '2' } });
    await sqs.send(new DeleteMessageCommand({ QueueUrl: url, ReceiptHandle: second?.ReceiptHandle }));
    expect(await receive(sqs, url)).toEqual([]);
  });

  it('lets a policy of the queue itself refuse and allow a role', async () => {
    const roleArn = `arn:aws:iam::${ACCOUNT}:role/guest`;
    const keys = keysWithPolicy(cloud, 'guest', []);
    const guest = clientsOf(cloud, keys).sqs;
    const statement = { Principal: { AWS: roleArn }, Action: 'sqs:SendMessage', Resource: arnOf('guarded') };
    const url = await createQueue(sqs, 'guarded');
    const send = () => guest.send(new SendMessageCommand({ QueueUrl: url, MessageBody: 'hi' }));
    expect(await refusalOf(send())).toEqual({ name: 'AccessDenied', status: 400 });
    const policed = await createQueue(sqs, 'policed', {
      Policy: JSON.stringify({
        Version: '2012-10-17',
        Statement: [{ ...statement, Effect: 'Allow', Resource: arnOf('policed') }],
      }),
    });
    await guest.send(new SendMessageCommand({ QueueUrl: policed, MessageBody: 'let in' }));
    expect(await receive(sqs, policed)).toHaveLength(1);
  });

  it('keeps messages, those in flight and their senders over a kill', async () => {
    const dataFolder = temporaryFolder(onTestFinished);
    const child = fork(new URL('./support/serve.ts', import.meta.url), [dataFolder], { silent: true });
    const [endpoint] = z
      .tuple([z.string()])
      .rest(z.unknown())
      .parse(await once(child, 'message'));
    const operator = cloud.principals.operator;
    const remote = clientsOf({ ...cloud, endpoint }, operator).sqs;
    const url = await createQueue(remote, 'kept', { VisibilityTimeout: '2' });
    for (const body of ['one', 'two']) {
      await remote.send(new SendMessageCommand({ QueueUrl: url, MessageBody: body }));
    }
    const taken = await remote.send(new ReceiveMessageCommand({ QueueUrl: url, MaxNumberOfMessages: 1 }));
    child.kill('SIGKILL');
    await once(child, 'exit');

    const second = await start({ dataFolder });
    const client = clientsOf(second).sqs;
    const keptUrl = `${second.endpoint}/${ACCOUNT}/kept`;
    const now = await receive(client, keptUrl);
    const later = await receive(client, keptUrl, 4);
    const { QueueUrl } = await client.send(new GetQueueUrlCommand({ QueueName: 'kept' }));
    await second.stop();
    expect(taken.Messages).toHaveLength(1);
    expect(now).toHaveLength(1);
    expect([...now, ...later].map(({ Body }) => Body).sort()).toEqual(['one', 'two']);
    expect(later[0]?.Attributes?.SenderId).toMatch(/^AIDA/);
    expect(QueueUrl).toBe(keptUrl);
  });
});
