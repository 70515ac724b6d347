import {
  ConditionalCheckFailedException,
  CreateTableCommand,
  DescribeTableCommand,
  GetItemCommand,
  PutItemCommand,
  QueryCommand,
  UpdateTimeToLiveCommand,
} from '@aws-sdk/client-dynamodb';
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest';
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

const createTable = new CreateTableCommand({
  TableName: 'things',
  KeySchema: [{ AttributeName: 'id', KeyType: 'HASH' }],
  AttributeDefinitions: [
    { AttributeName: 'id', AttributeType: 'S' },
    { AttributeName: 'colour', AttributeType: 'S' },
  ],
  GlobalSecondaryIndexes: [
    {
      IndexName: 'byColour',
      KeySchema: [{ AttributeName: 'colour', KeyType: 'HASH' }],
      Projection: { ProjectionType: 'KEYS_ONLY' },
    },
  ],
  BillingMode: 'PAY_PER_REQUEST',
  DeletionProtectionEnabled: true,
  SSESpecification: { Enabled: true },
});

describe('the DynamoDB emulator', () => {
  let cloud: FrontDoor;

  beforeAll(async () => {
    cloud = await start();
    await clientsOf(cloud).dynamodb.send(createTable);
  });
  afterAll(() => cloud.stop());

  it('makes tables with the settings of our template, named by the account', async () => {
    const { Table } = await clientsOf(cloud).dynamodb.send(new DescribeTableCommand({ TableName: 'things' }));
    expect(Table?.TableArn).toBe(`arn:aws:dynamodb:${REGION}:${ACCOUNT}:table/things`);
    expect(Table?.TableStatus).toBe('ACTIVE');
  });

  it('lets exactly one of many conditional writers win', async () => {
    const { dynamodb } = clientsOf(cloud);
    const put = (owner: number) =>
      dynamodb.send(
        new PutItemCommand({
          TableName: 'things',
          Item: { id: { S: 'contested' }, owner: { N: String(owner) } },
          ConditionExpression: 'attribute_not_exists(id)',
        }),
      );
    const results = await Promise.allSettled(Array.from({ length: 10 }, (_, owner) => put(owner)));
    expect(results.filter(({ status }) => status === 'fulfilled')).toHaveLength(1);
    for (const result of results) {
      if (result.status === 'rejected') expect(result.reason).toBeInstanceOf(ConditionalCheckFailedException);
    }
  });

  it('finds items by a secondary index', async () => {
    const { dynamodb } = clientsOf(cloud);
    await dynamodb.send(
      new PutItemCommand({ TableName: 'things', Item: { id: { S: 'r' }, colour: { S: 'red' } } }),
    );
    const { Items } = await dynamodb.send(
      new QueryCommand({
        TableName: 'things',
        IndexName: 'byColour',
        KeyConditionExpression: 'colour = :c',
        ExpressionAttributeValues: { ':c': { S: 'red' } },
      }),
    );
    expect(Items).toEqual([{ id: { S: 'r' }, colour: { S: 'red' } }]);
  });

  it('accepts a time to live', async () => {
    const TimeToLiveSpecification = { AttributeName: 'expiresAtEpochSeconds', Enabled: true };
    const answer = await clientsOf(cloud).dynamodb.send(
      new UpdateTimeToLiveCommand({ TableName: 'things', TimeToLiveSpecification }),
    );
    expect(answer.TimeToLiveSpecification).toEqual(TimeToLiveSpecification);
  });

  it('answers 500 where dynalite throws, and goes on', async () => {
    const { accessKeyId } = cloud.principals.operator;
    const response = await fetch(cloud.endpoint, {
      method: 'POST',
      headers: {
        'content-type': 'application/x-amz-json-1.0',
        'x-amz-target': 'DynamoDB_20120810.PutItem',
        'x-amz-date': '20260101T000000Z',
        authorization: `AWS4-HMAC-SHA256 Credential=${accessKeyId}/20260101/${REGION}/dynamodb/aws4_request, SignedHeaders=host, Signature=0`,
      },
      body: JSON.stringify({ TableName: 'things', Item: { id: null } }),
    });
    expect(response.status).toBe(500);
    expect(await response.text()).toContain('InternalServerError');
    const { Item } = await clientsOf(cloud).dynamodb.send(
      new GetItemCommand({ TableName: 'things', Key: { id: { S: 'contested' } } }),
    );
    expect(Item?.['id']).toEqual({ S: 'contested' });
  });

  it('holds a role to its policies, table by table and index by index', async () => {
    const arn = `arn:aws:dynamodb:${REGION}:${ACCOUNT}:table/things`;
    const { dynamodb } = clientsOf(
      cloud,
      keysWithPolicy(cloud, 'reader', [
        { Effect: 'Allow', Action: ['dynamodb:GetItem', 'dynamodb:Query'], Resource: arn },
      ]),
    );
    const Key = { id: { S: 'r' } };
    expect((await dynamodb.send(new GetItemCommand({ TableName: 'things', Key }))).Item).toBeDefined();
    const query = new QueryCommand({
      TableName: 'things',
      IndexName: 'byColour',
      KeyConditionExpression: 'colour = :c',
      ExpressionAttributeValues: { ':c': { S: 'red' } },
    });
    expect(await refusalOf(dynamodb.send(query))).toEqual({ name: 'AccessDeniedException', status: 400 });
    expect(await refusalOf(dynamodb.send(new PutItemCommand({ TableName: 'things', Item: Key })))).toEqual({
      name: 'AccessDeniedException',
      status: 400,
    });
  });

  it('keeps its items over a restart', async () => {
    const dataFolder = temporaryFolder(onTestFinished);
    const first = await start({ dataFolder });
    await clientsOf(first).dynamodb.send(createTable);
    await clientsOf(first).dynamodb.send(
      new PutItemCommand({ TableName: 'things', Item: { id: { S: 'kept' } } }),
    );
    await first.stop();

    const second = await start({ dataFolder });
    const { Item } = await clientsOf(second).dynamodb.send(
      new GetItemCommand({ TableName: 'things', Key: { id: { S: 'kept' } } }),
    );
    await second.stop();
    expect(Item).toEqual({ id: { S: 'kept' } });
  });
});
