import { mkdtemp, rm } from 'node:fs/promises';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DynamoDBClient, GetItemCommand, PutItemCommand } from '@aws-sdk/client-dynamodb';
import { afterEach, describe, expect, it } from 'vitest';
import { type CloudUnderTest, startUnderTest } from './support/cloud-under-test.ts';
import { getArn, lambda, permission, queue, role } from './support/resources.ts';

const running: CloudUnderTest[] = [];
const folders: string[] = [];
afterEach(async () => {
  for (const cloud of running.splice(0)) await cloud.stop();
  for (const folder of folders.splice(0)) await rm(folder, { recursive: true, force: true });
});

const start = async (...args: Parameters<typeof startUnderTest>): Promise<CloudUnderTest> => {
  const cloud = await startUnderTest(...args);
  running.push(cloud);
  return cloud;
};

const table = {
  Type: 'AWS::DynamoDB::Table',
  Properties: {
    TableName: 'things',
    BillingMode: 'PAY_PER_REQUEST',
    AttributeDefinitions: [
      { AttributeName: 'id', AttributeType: 'S' },
      { AttributeName: 'state', AttributeType: 'S' },
    ],
    KeySchema: [{ AttributeName: 'id', KeyType: 'HASH' }],
    GlobalSecondaryIndexes: [
      {
        IndexName: 'byState',
        KeySchema: [{ AttributeName: 'state', KeyType: 'HASH' }],
        Projection: { ProjectionType: 'ALL' },
      },
    ],
  },
};

const bucket = { Type: 'AWS::S3::Bucket', Properties: { BucketName: 'files' } };

const dynamodbOf = ({ cloud }: CloudUnderTest): DynamoDBClient => {
  const environment = cloud.operatorEnvironment();
  return new DynamoDBClient({
    endpoint: cloud.endpoint,
    region: cloud.region,
    credentials: {
      accessKeyId: environment['AWS_ACCESS_KEY_ID'] ?? '',
      secretAccessKey: environment['AWS_SECRET_ACCESS_KEY'] ?? '',
    },
  });
};

describe('startCloud', () => {
  it('finds its state at the second start, on another port', async () => {
    const dataFolder = await mkdtemp(join(tmpdir(), 'state-'));
    folders.push(dataFolder);
    const stack = { Things: table, Files: bucket, Jobs: queue('jobs') };
    const first = await start(stack, {}, { dataFolder });
    await dynamodbOf(first).send(new PutItemCommand({ TableName: 'things', Item: { id: { S: 'a' } } }));
    await first.send('jobs', 'kept');
    await running.pop()?.stop();

    const second = await start(stack, {}, { dataFolder });

    const item = await dynamodbOf(second).send(
      new GetItemCommand({ TableName: 'things', Key: { id: { S: 'a' } } }),
    );
    expect(item.Item).toEqual({ id: { S: 'a' } });
    expect((await second.receive('jobs')).map(({ Body }) => Body)).toEqual(['kept']);
  });

  it('takes a changed queue over at the second start', async () => {
    const dataFolder = await mkdtemp(join(tmpdir(), 'state-'));
    folders.push(dataFolder);
    await start({ Jobs: queue('jobs', { VisibilityTimeout: 600 }) }, {}, { dataFolder });
    await running.pop()?.stop();

    const second = await start({ Jobs: queue('jobs', { VisibilityTimeout: 1 }) }, {}, { dataFolder });
    await second.send('jobs', 'again');
    await second.receive('jobs');

    expect((await second.receive('jobs', 4)).map(({ Body }) => Body)).toEqual(['again']);
  });

  it('refuses a table whose key changed, instead of losing what it holds', async () => {
    const dataFolder = await mkdtemp(join(tmpdir(), 'state-'));
    folders.push(dataFolder);
    await start({ Things: table }, {}, { dataFolder });
    await running.pop()?.stop();
    const changed = {
      ...table,
      Properties: { ...table.Properties, KeySchema: [{ AttributeName: 'state', KeyType: 'HASH' }] },
    };

    await expect(start({ Things: changed }, {}, { dataFolder })).rejects.toThrow(
      'table things was made with another key (id HASH): start with a new data folder',
    );
  });

  it('refuses a table that lacks an index of the template', async () => {
    const dataFolder = await mkdtemp(join(tmpdir(), 'state-'));
    folders.push(dataFolder);
    const { GlobalSecondaryIndexes: _, ...withoutIndex } = table.Properties;
    const older = {
      ...table,
      Properties: {
        ...withoutIndex,
        AttributeDefinitions: table.Properties.AttributeDefinitions.slice(0, 1),
      },
    };
    await start({ Things: older }, {}, { dataFolder });
    await running.pop()?.stop();

    await expect(start({ Things: table }, {}, { dataFolder })).rejects.toThrow(
      'table things was made without the index byState: start with a new data folder',
    );
  });

  it.each([
    [
      'a type that it does not know',
      { X: { Type: 'AWS::StepFunctions::StateMachine' } },
      'AWS::StepFunctions::StateMachine X: the embedded cloud does not know this type',
    ],
    ['a property that it does not know', { X: queue('x', { FifoQueue: true }) }, 'FifoQueue'],
    [
      'a property that is wrong',
      { X: queue('x', { RedrivePolicy: { maxReceiveCount: 3 } }) },
      'deadLetterTargetArn',
    ],
    [
      'a reference to nothing',
      { X: queue('x', { QueueName: { Ref: 'Nobody' } }) },
      'nothing in the template is named Nobody',
    ],
  ])('names %s', async (_name, resources, message) => {
    await expect(start(resources)).rejects.toThrow(message);
  });

  it('gives the port back when the template cannot be made', async () => {
    const server = createServer();
    const port = await new Promise<number>((resolve) => {
      server.listen(0, '127.0.0.1', () => {
        const address = server.address();
        resolve(typeof address === 'object' && address !== null ? address.port : 0);
      });
    });
    await new Promise((resolve) => server.close(resolve));

    await expect(start({ X: { Type: 'AWS::StepFunctions::StateMachine' } }, {}, { port })).rejects.toThrow(
      'AWS::StepFunctions::StateMachine',
    );
    const second = await start({ Jobs: queue('jobs') }, {}, { port });

    expect(second.cloud.endpoint).toBe(`http://127.0.0.1:${port}`);
  });

  it('runs another template with the same assets when it is given one', async () => {
    const { receive, send } = await start({}, {}, { template: { Resources: { Other: queue('other') } } });

    await send('other', 'hello');

    expect(await receive('other')).toHaveLength(1);
  });

  it('resolves outputs, also for DescribeStacks', async () => {
    const { cloud } = await start(
      { Jobs: queue('jobs') },
      {},
      { outputs: { JobsArn: { Value: getArn('Jobs') } } },
    );

    expect(cloud.outputs).toEqual({ JobsArn: 'arn:aws:sqs:us-east-1:000000000000:jobs' });
  });
});

describe('function URLs', () => {
  const stack = {
    ApiRole: role('api', []),
    Api: lambda('api', 'ApiRole'),
    Url: { Type: 'AWS::Lambda::Url', Properties: { TargetFunctionArn: getArn('Api'), AuthType: 'NONE' } },
    First: permission('Api', {
      Principal: '*',
      Action: 'lambda:InvokeFunctionUrl',
      FunctionUrlAuthType: 'NONE',
    }),
    Second: permission('Api', { Principal: '*', InvokedViaFunctionUrl: true }),
  };
  const outputs = { Url: { Value: { 'Fn::GetAtt': ['Url', 'FunctionUrl'] } } };
  const API = `
    export const handler = async (event) => {
      if (event.rawPath === '/broken') throw new Error('broken');
      return {
        statusCode: 201,
        headers: { 'x-path': event.rawPath },
        body: JSON.stringify({ method: event.requestContext.http.method, got: event.body ?? null }),
      };
    };`;

  it('answer what the function returns', async () => {
    const { cloud } = await start(stack, { api: API }, { outputs });

    const response = await fetch(`${cloud.outputs['Url']}hello`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: '{"a":1}',
    });

    expect(response.status).toBe(201);
    expect(response.headers.get('x-path')).toBe('/hello');
    expect(await response.json()).toEqual({ method: 'POST', got: '{"a":1}' });
  });

  it('answer 502 when the function fails', async () => {
    const { cloud } = await start(stack, { api: API }, { outputs });

    const response = await fetch(`${cloud.outputs['Url']}broken`);

    expect(response.status).toBe(502);
  });

  it.each(['First', 'Second'])('answer 403 without the permission %s', async (missing) => {
    const resources = Object.fromEntries(Object.entries(stack).filter(([name]) => name !== missing));
    const { cloud } = await start(resources, { api: API }, { outputs });

    const response = await fetch(`${cloud.outputs['Url']}hello`);

    expect(response.status).toBe(403);
  });
});
