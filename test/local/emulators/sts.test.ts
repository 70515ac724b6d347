import { ListTablesCommand } from '@aws-sdk/client-dynamodb';
import { ListBucketsCommand } from '@aws-sdk/client-s3';
import { CreateQueueCommand, ListQueuesCommand, ReceiveMessageCommand } from '@aws-sdk/client-sqs';
import { AssumeRoleCommand, GetCallerIdentityCommand } from '@aws-sdk/client-sts';
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest';
import type { FrontDoor } from '../../../local/emulators/front-door.ts';
import { ACCOUNT, clientsOf, REGION, refusalOf, start, temporaryFolder } from './support/front-door.ts';

const NODE_ROLE = `arn:aws:iam::${ACCOUNT}:role/node`;
const ENROL_ROLE = `arn:aws:iam::${ACCOUNT}:role/enrol`;
const queueArn = (name: string): string => `arn:aws:sqs:${REGION}:${ACCOUNT}:${name}`;

const setUpRoles = (cloud: FrontDoor): void => {
  cloud.principals.registerRole({
    arn: NODE_ROLE,
    roleId: 'AROANODE',
    trustPolicy: {
      Version: '2012-10-17',
      Statement: [
        {
          Effect: 'Allow',
          Principal: { AWS: ENROL_ROLE },
          Action: 'sts:AssumeRole',
          Condition: { StringEquals: { 'sts:RoleSessionName': `\${aws:RequestTag/nodeId}` } },
        },
        {
          Effect: 'Allow',
          Principal: { AWS: ENROL_ROLE },
          Action: 'sts:TagSession',
          Condition: { 'ForAllValues:StringEquals': { 'aws:TagKeys': ['nodeId'] } },
        },
      ],
    },
  });
  cloud.authorizer.setRolePolicies(NODE_ROLE, [
    {
      Version: '2012-10-17',
      Statement: [
        {
          Effect: 'Allow',
          Action: 'sqs:ReceiveMessage',
          Resource: queueArn(`node-\${aws:PrincipalTag/nodeId}`),
        },
      ],
    },
  ]);
  cloud.principals.registerRole({ arn: ENROL_ROLE, roleId: 'AROAENROL', trustPolicy: {} });
};

const assume = async (cloud: FrontDoor, nodeId: string, tags: Record<string, string> = { nodeId }) => {
  const { sts } = clientsOf(cloud, cloud.principals.keysFor(ENROL_ROLE, 'function'));
  const { Credentials } = await sts.send(
    new AssumeRoleCommand({
      RoleArn: NODE_ROLE,
      RoleSessionName: nodeId,
      DurationSeconds: 900,
      Tags: Object.entries(tags).map(([Key, Value]) => ({ Key, Value })),
    }),
  );
  return {
    accessKeyId: Credentials?.AccessKeyId ?? '',
    secretAccessKey: Credentials?.SecretAccessKey ?? '',
    sessionToken: Credentials?.SessionToken ?? '',
    expiresAt: Credentials?.Expiration,
  };
};

describe('the STS emulator', () => {
  let cloud: FrontDoor;
  let now = Date.UTC(2026, 0, 1);

  beforeAll(async () => {
    cloud = await start({ now: () => now });
    setUpRoles(cloud);
    for (const name of ['node-n-1', 'node-n-2']) {
      await clientsOf(cloud).sqs.send(new CreateQueueCommand({ QueueName: name }));
    }
  });
  afterAll(() => cloud.stop());

  const receive = (keys: Awaited<ReturnType<typeof assume>>, name: string) =>
    clientsOf(cloud, keys).sqs.send(
      new ReceiveMessageCommand({ QueueUrl: `${cloud.endpoint}/${ACCOUNT}/${name}` }),
    );

  it('tells who calls', async () => {
    const operator = await clientsOf(cloud).sts.send(new GetCallerIdentityCommand({}));
    expect(operator).toMatchObject({ Account: ACCOUNT, Arn: `arn:aws:iam::${ACCOUNT}:user/operator` });
    const lambda = clientsOf(cloud, cloud.principals.keysFor(ENROL_ROLE, 'function'));
    expect(await lambda.sts.send(new GetCallerIdentityCommand({}))).toMatchObject({
      Arn: `arn:aws:sts::${ACCOUNT}:assumed-role/enrol/function`,
      UserId: 'AROAENROL:function',
    });
  });

  it('gives a session its tags, and the tags its rights: a node reads its own queue only', async () => {
    const keys = await assume(cloud, 'n-1');
    expect(keys.expiresAt).toEqual(new Date(now + 900_000));
    await receive(keys, 'node-n-1');
    expect(await refusalOf(receive(keys, 'node-n-2'))).toEqual({ name: 'AccessDenied', status: 400 });
  });

  it.each(['*', 'n-?', `\${*}`])('lets the tag %j widen nothing', async (tag) => {
    const { sessionToken, ...keys } = cloud.principals.startSession({
      roleArn: NODE_ROLE,
      sessionName: 'n-1',
      tags: { nodeId: tag },
      expiresAtMs: now + 1000,
    });
    const refused = receive({ ...keys, sessionToken, expiresAt: undefined }, 'node-n-1');
    expect((await refusalOf(refused)).name).toBe('AccessDenied');
  });

  it.each([
    ['a session name that is not the tag', 'n-1', { nodeId: 'n-2' }],
    ['no tag', 'n-1', {}],
    ['another tag beside it', 'n-1', { nodeId: 'n-1', admin: 'yes' }],
  ])('enforces the trust policy: %s', async (_what, nodeId, tags) => {
    expect(await refusalOf(assume(cloud, nodeId, tags))).toEqual({ name: 'AccessDenied', status: 403 });
  });

  it('does not trust other roles, nor know roles that are not there', async () => {
    const node = clientsOf(cloud, await assume(cloud, 'n-1'));
    const again = node.sts.send(new AssumeRoleCommand({ RoleArn: NODE_ROLE, RoleSessionName: 'n-1' }));
    expect((await refusalOf(again)).name).toBe('AccessDenied');
    const missing = clientsOf(cloud).sts.send(
      new AssumeRoleCommand({ RoleArn: `${NODE_ROLE}-missing`, RoleSessionName: 'n-1' }),
    );
    expect((await refusalOf(missing)).name).toBe('AccessDenied');
  });

  it('refuses sessions of more than an hour', async () => {
    const { sts } = clientsOf(cloud, cloud.principals.keysFor(ENROL_ROLE, 'function'));
    const long = sts.send(
      new AssumeRoleCommand({ RoleArn: NODE_ROLE, RoleSessionName: 'n-1', DurationSeconds: 3601 }),
    );
    expect((await refusalOf(long)).name).toBe('ValidationError');
  });

  it('refuses expired credentials in the words of each service', async () => {
    const keys = await assume(cloud, 'n-1');
    now += 901_000;
    const { dynamodb, s3, sqs, sts } = clientsOf(cloud, keys);
    expect((await refusalOf(dynamodb.send(new ListTablesCommand({})))).name).toBe('ExpiredTokenException');
    expect((await refusalOf(sqs.send(new ListQueuesCommand({})))).name).toBe('ExpiredToken');
    expect((await refusalOf(s3.send(new ListBucketsCommand({})))).name).toBe('ExpiredToken');
    expect((await refusalOf(sts.send(new GetCallerIdentityCommand({})))).name).toMatch(/^ExpiredToken/);
  });

  it('refuses unknown keys, and known ones with another session token', async () => {
    const unknown = { accessKeyId: 'AKIAUNKNOWN', secretAccessKey: 'x' };
    const { dynamodb, s3, sqs, sts } = clientsOf(cloud, unknown);
    expect((await refusalOf(dynamodb.send(new ListTablesCommand({})))).name).toBe(
      'UnrecognizedClientException',
    );
    expect((await refusalOf(sqs.send(new ListQueuesCommand({})))).name).toBe('InvalidClientTokenId');
    expect((await refusalOf(s3.send(new ListBucketsCommand({})))).name).toBe('InvalidAccessKeyId');
    expect((await refusalOf(sts.send(new GetCallerIdentityCommand({})))).name).toBe('InvalidClientTokenId');
    const { expiresAt: _at, ...keys } = await assume(cloud, 'n-1');
    const forged = clientsOf(cloud, { ...keys, sessionToken: 'forged' });
    expect((await refusalOf(forged.sts.send(new GetCallerIdentityCommand({})))).name).toBe(
      'InvalidClientTokenId',
    );
  });

  it('knows the keys of a session after a restart', async () => {
    const dataFolder = temporaryFolder(onTestFinished);
    const first = await start({ dataFolder });
    setUpRoles(first);
    const { expiresAt: _at, ...keys } = await assume(first, 'n-1');
    const lambdaKeys = first.principals.keysFor(ENROL_ROLE, 'function');
    await first.stop();

    const second = await start({ dataFolder });
    setUpRoles(second);
    const { Arn } = await clientsOf(second, keys).sts.send(new GetCallerIdentityCommand({}));
    const sameLambdaKeys = second.principals.keysFor(ENROL_ROLE, 'function');
    await second.stop();
    expect(Arn).toBe(`arn:aws:sts::${ACCOUNT}:assumed-role/node/n-1`);
    expect(sameLambdaKeys).toEqual(lambdaKeys);
  });
});
