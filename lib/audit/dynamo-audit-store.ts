import { type DynamoDBDocumentClient, PutCommand, type QueryCommandInput } from '@aws-sdk/lib-dynamodb';
import { conditionalWrite } from '../aws/conditional-write.ts';
import { queryFirst } from '../aws/query-all.ts';
import { INDEXES } from '../constants.ts';
import { toTimestamp } from '../time.ts';
import { auditActions } from './audit-actions.ts';
import {
  type AuditPage,
  type AuditQuery,
  type AuditRow,
  type AuditStore,
  auditRowSchema,
} from './audit-row.ts';
import { newestRows, sortKeyOf } from './newest-rows.ts';

/** Audit rows are kept this long. */
const AUDIT_RETENTION_DAYS = 400;

const toRow = (item: Record<string, unknown>): AuditRow => auditRowSchema.parse(item);

/** The query for rows of one subject, or of one action over all subjects; the index by action has the whole row. */
const queryFor = (
  key: 'subject' | 'action',
  value: string,
  { subject, action, since }: Omit<AuditQuery, 'limit'>,
): Omit<QueryCommandInput, 'TableName'> => {
  // A sort key begins with the instant, so that it is never less than its own instant alone.
  const isSince = since === undefined ? {} : { ':since': toTimestamp(since) };
  const isAction = key === 'subject' && subject !== undefined && action !== undefined;
  return {
    ...(key === 'action' ? { IndexName: INDEXES.auditByAction } : { ConsistentRead: true }),
    KeyConditionExpression: since === undefined ? '#key = :value' : '#key = :value AND sortKey >= :since',
    ...(isAction ? { FilterExpression: '#action = :action' } : {}),
    ExpressionAttributeNames: { '#key': key, ...(isAction ? { '#action': 'action' } : {}) },
    ExpressionAttributeValues: { ':value': value, ...isSince, ...(isAction ? { ':action': action } : {}) },
    ScanIndexForward: false,
  };
};

/** AuditStore in DynamoDB: `subject` / `<at>#<auditId>`. */
const createDynamoAuditStore = (client: DynamoDBDocumentClient, tableName: string): AuditStore => {
  const list = async (query: AuditQuery): Promise<AuditPage> => {
    const { subject, action, limit } = query;
    const read = async (key: 'subject' | 'action', value: string): Promise<AuditRow[]> => {
      // One more than wanted tells whether there are more.
      const items = await queryFirst(
        client,
        { TableName: tableName, ...queryFor(key, value, query) },
        limit + 1,
      );
      return items.map(toRow);
    };
    if (subject !== undefined) return newestRows(await read('subject', subject), limit);
    // Nothing scans the table: the actions are a closed list, and each is a query.
    const lists = await Promise.all(
      (action === undefined ? auditActions : [action]).map((each) => read('action', each)),
    );
    return newestRows(lists.flat(), limit);
  };
  return {
    record: async (row) => {
      const expiresAtEpochSeconds =
        Math.ceil(new Date(row.at).getTime() / 1000) + AUDIT_RETENTION_DAYS * 24 * 3600;
      await conditionalWrite(
        client.send(
          new PutCommand({
            TableName: tableName,
            Item: { ...row, sortKey: sortKeyOf(row), expiresAtEpochSeconds },
            // A row is never rewritten: the first record of a decision stands.
            ConditionExpression: 'attribute_not_exists(subject)',
          }),
        ),
      );
    },
    list,
    listBySubject: async (subject, limit) => (await list({ subject, limit })).rows,
    listByAction: async (action, limit) => (await list({ action, limit })).rows,
  };
};

export { createDynamoAuditStore };
