import { type DynamoDBDocumentClient, PutCommand } from '@aws-sdk/lib-dynamodb';
import { writeIf } from '../aws/conditional-write.ts';
import { parseItem } from '../aws/parse-item.ts';
import { queryAll } from '../aws/query-all.ts';
import { addSeconds, toTimestamp } from '../time.ts';
import { instanceRecordSchema, type NextRecord } from './instance-record.ts';
import type { InstanceStore } from './instance-store.ts';
import { monthOf, segmentSchema } from './meter.ts';

const DAY_SECONDS = 86_400;
/** A gone instance stays in the sums of its month, and visible to an inquiry. */
const GONE_KEPT_SECONDS = 40 * DAY_SECONDS;
/** The ledger covers a year and the month in which one looks back. */
const SEGMENT_KEPT_SECONDS = 400 * DAY_SECONDS;

const recordScope = (provider: string): string => `INSTANCE#${provider}`;
const segmentScope = (provider: string, month: string): string => `SPEND#${provider}#${month}`;

const epochAfter = (timestamp: string, seconds: number): number =>
  Math.ceil(addSeconds(new Date(timestamp), seconds).getTime() / 1000);

const expiryOf = ({ goneAt }: NextRecord): { expiresAtEpochSeconds?: number } =>
  goneAt === undefined ? {} : { expiresAtEpochSeconds: epochAfter(goneAt, GONE_KEPT_SECONDS) };

/** `2026-11` for every month from `from` to `to`. */
const monthsBetween = (from: Date, to: Date): string[] => {
  const months: string[] = [];
  const end = monthOf(toTimestamp(to));
  for (
    let at = new Date(Date.UTC(from.getUTCFullYear(), from.getUTCMonth()));
    monthOf(toTimestamp(at)) <= end;
    at = new Date(Date.UTC(at.getUTCFullYear(), at.getUTCMonth() + 1))
  )
    months.push(monthOf(toTimestamp(at)));
  return months;
};

/**
 * InstanceStore in the instances table: `INSTANCE#<provider>` / `<instanceId>`, one item each, and the ledger
 * `SPEND#<provider>#<month>` / `<start>#<instanceId>`: writing a stretch again after a crash replaces it.
 */
const createDynamoInstanceStore = (client: DynamoDBDocumentClient, tableName: string): InstanceStore => ({
  list: async (provider) => {
    const items = await queryAll(client, {
      TableName: tableName,
      KeyConditionExpression: '#scope = :scope',
      ExpressionAttributeNames: { '#scope': 'scope' },
      ExpressionAttributeValues: { ':scope': recordScope(provider) },
      ConsistentRead: true,
    });
    return items.map((item) => parseItem(instanceRecordSchema, item, `an instance of ${provider}`));
  },
  put: (record, expectedRevision) =>
    writeIf(() =>
      client.send(
        new PutCommand({
          TableName: tableName,
          Item: {
            ...record,
            ...expiryOf(record),
            scope: recordScope(record.instance.provider),
            item: record.instance.instanceId,
            revision: (expectedRevision ?? 0) + 1,
          },
          // Whoever decided on an older record loses: misses are counted once per listing, and no charge is lost.
          ConditionExpression:
            expectedRevision === undefined ? 'attribute_not_exists(#scope)' : 'revision = :expected',
          ...(expectedRevision === undefined
            ? { ExpressionAttributeNames: { '#scope': 'scope' } }
            : { ExpressionAttributeValues: { ':expected': expectedRevision } }),
        }),
      ),
    ),
  addSegment: async (segment) => {
    const { provider, instanceId, startAt } = segment;
    await client.send(
      new PutCommand({
        TableName: tableName,
        Item: {
          ...segment,
          scope: segmentScope(provider, monthOf(startAt)),
          item: `${startAt}#${instanceId}`,
          expiresAtEpochSeconds: epochAfter(startAt, SEGMENT_KEPT_SECONDS),
        },
      }),
    );
  },
  listSegments: async (provider, from, to) => {
    const pages = await Promise.all(
      monthsBetween(from, to).map((month) =>
        queryAll(client, {
          TableName: tableName,
          KeyConditionExpression: '#scope = :scope AND #item < :to',
          ExpressionAttributeNames: { '#scope': 'scope', '#item': 'item' },
          ExpressionAttributeValues: { ':scope': segmentScope(provider, month), ':to': toTimestamp(to) },
          ConsistentRead: true,
        }),
      ),
    );
    return pages
      .flat()
      .map((item) => parseItem(segmentSchema, item, `a segment of the spend ledger of ${provider}`))
      .filter(({ endAt }) => endAt > toTimestamp(from));
  },
});

export { createDynamoInstanceStore };
