import { type DynamoDBDocumentClient, GetCommand, PutCommand, paginateQuery } from '@aws-sdk/lib-dynamodb';
import { writeIf } from '../aws/conditional-write.ts';
import { parseItem } from '../aws/parse-item.ts';
import { queryAll, queryFirst } from '../aws/query-all.ts';
import { INDEXES } from '../constants.ts';
import { toTimestamp } from '../time.ts';
import { createGroupFilter } from './waiting-groups.ts';
import {
  type WorkClass,
  type WorkDetails,
  type WorkItem,
  type WorkStatus,
  workClassSchema,
  workDetailsSchema,
  workItemSchema,
} from './work-item.ts';
import type { WorkCounts, WorkStore } from './work-store.ts';

/** Ended work can be looked at for so long. */
const KEPT_SECONDS = 30 * 86_400;

const expiryOf = (timestamp: string): number =>
  Math.ceil(new Date(timestamp).getTime() / 1000) + KEPT_SECONDS;

const statusClass = (status: WorkStatus, workClass: WorkClass): string => `${status}#${workClass}`;

const toItem = (item: WorkItem): Record<string, unknown> => ({
  ...item,
  statusClass: statusClass(item.status, item.class),
  // Sparse: what was told of is in the index no more.
  ...(item.untold === undefined ? {} : { untoldClass: item.class }),
  ...(item.endedAt === undefined ? {} : { expiresAtEpochSeconds: expiryOf(item.endedAt) }),
});

const keysSchema = workItemSchema.pick({ workId: true });

const parseWork = (item: unknown): WorkItem => parseItem(workItemSchema, item, 'an item of the work table');

/** In the same table, and in none of its indexes: neither a count nor a listing reads it. */
const detailsKey = (workId: string): string => `${workId}#details`;

/** WorkStore in the work table. */
const createDynamoWorkStore = (client: DynamoDBDocumentClient, tableName: string): WorkStore => {
  const read = async (workId: string): Promise<Record<string, unknown> | undefined> => {
    const { Item } = await client.send(
      new GetCommand({ TableName: tableName, Key: { workId }, ConsistentRead: true }),
    );
    return Item;
  };
  const put = (item: WorkItem, condition: string, values?: Readonly<Record<string, unknown>>) =>
    writeIf(() =>
      client.send(
        new PutCommand({
          TableName: tableName,
          Item: toItem(item),
          ConditionExpression: condition,
          ...(values === undefined ? {} : { ExpressionAttributeValues: values }),
        }),
      ),
    );
  /** The number of items, over all pages. An error on any page is an error, never a smaller number. */
  const countOne = async (status: WorkStatus, workClass: WorkClass, since: string): Promise<number> => {
    let count = 0;
    const pages = paginateQuery(
      { client },
      {
        TableName: tableName,
        IndexName: INDEXES.workByStatus,
        Select: 'COUNT',
        KeyConditionExpression: 'statusClass = :statusClass AND availableAt >= :since',
        ExpressionAttributeValues: { ':statusClass': statusClass(status, workClass), ':since': since },
      },
    );
    for await (const page of pages) count += page.Count ?? 0;
    return count;
  };
  const countAll = async (status: WorkStatus, since: string): Promise<WorkCounts> => {
    const [cpu, gpu, large] = await Promise.all([
      countOne(status, workClassSchema.enum.cpu, since),
      countOne(status, workClassSchema.enum.gpu, since),
      countOne(status, workClassSchema.enum['gpu-large'], since),
    ]);
    return { cpu, gpu, 'gpu-large': large };
  };
  const queryOf = (status: WorkStatus, workClass: WorkClass) => ({
    TableName: tableName,
    IndexName: INDEXES.workByStatus,
    KeyConditionExpression: 'statusClass = :statusClass',
    ExpressionAttributeValues: { ':statusClass': statusClass(status, workClass) },
  });
  return {
    get: async (workId) => {
      const item = await read(workId);
      return item === undefined ? undefined : parseWork(item);
    },
    create: (item) => put(item, 'attribute_not_exists(workId)'),
    // Whoever decided on an older item loses: of two ends of one job, one counts.
    replace: (item) =>
      put({ ...item, revision: item.revision + 1 }, 'revision = :expected', { ':expected': item.revision }),
    markTold: async ({ untold: _told, ...item }) => {
      await put(item, 'revision = :expected', { ':expected': item.revision });
    },
    listUntold: async () => {
      const lists = await Promise.all(
        workClassSchema.options.map((workClass) =>
          queryAll(client, {
            TableName: tableName,
            IndexName: INDEXES.workByUntold,
            KeyConditionExpression: 'untoldClass = :class',
            ExpressionAttributeValues: { ':class': workClass },
          }),
        ),
      );
      return lists.flat().map((keys) => parseItem(keysSchema, keys, 'a key of the work table').workId);
    },
    // Before every timestamp: all of them.
    count: (status) => countAll(status, '0'),
    countSince: (status, since) => countAll(status, toTimestamp(since)),
    listByStatus: async (status, workClass, limit) => {
      const query = queryOf(status, workClass);
      const items = await (limit === undefined ? queryAll(client, query) : queryFirst(client, query, limit));
      return items.map(parseWork);
    },
    listWaiting: async (workClass, { perGroup, look }) => {
      const isAmongFirst = createGroupFilter(perGroup);
      const items = await queryFirst(client, queryOf('pending', workClass), look);
      return items.filter(isAmongFirst).map(parseWork);
    },
    listNewest: async (status, limit) => {
      const lists = await Promise.all(
        workClassSchema.options.map((workClass) =>
          queryFirst(client, { ...queryOf(status, workClass), ScanIndexForward: false }, limit),
        ),
      );
      return lists
        .flat()
        .map(parseWork)
        .sort((one, other) => other.availableAt.localeCompare(one.availableAt))
        .slice(0, limit);
    },
    listByCampaign: async (campaignId, limit) => {
      const items = await queryFirst(
        client,
        {
          TableName: tableName,
          IndexName: INDEXES.workByCampaign,
          KeyConditionExpression: 'campaignId = :campaignId',
          ExpressionAttributeValues: { ':campaignId': campaignId },
          ScanIndexForward: false,
        },
        limit,
      );
      return items.map(parseWork);
    },
    putDetails: async (workId, details) => {
      await client.send(
        new PutCommand({
          TableName: tableName,
          Item: { ...details, workId: detailsKey(workId), expiresAtEpochSeconds: expiryOf(details.at) },
        }),
      );
    },
    getDetails: async (workId): Promise<WorkDetails | undefined> => {
      const item = await read(detailsKey(workId));
      return item === undefined ? undefined : parseItem(workDetailsSchema, item, `the details of ${workId}`);
    },
  };
};

export { createDynamoWorkStore };
