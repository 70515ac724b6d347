import type { DynamoDBDocumentClient, QueryCommandInput } from '@aws-sdk/lib-dynamodb';
import { queryFirst } from '../aws/query-all.ts';
import { INDEXES } from '../constants.ts';
import { toTimestamp } from '../time.ts';
import { auditActions } from './audit-actions.ts';
import {
  type AuditPage,
  type AuditQuery,
  type AuditReader,
  type AuditRow,
  auditRowSchema,
} from './audit-row.ts';
import { newestRows } from './newest-rows.ts';

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

/** AuditReader in DynamoDB, in a file of its own: functions, which only write rows, do not bundle it. */
const createDynamoAuditReader = (client: DynamoDBDocumentClient, tableName: string): AuditReader => {
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
    list,
    listBySubject: async (subject, limit) => (await list({ subject, limit })).rows,
    listByAction: async (action, limit) => (await list({ action, limit })).rows,
  };
};

export { createDynamoAuditReader };
