import { type DynamoDBDocumentClient, PutCommand } from '@aws-sdk/lib-dynamodb';
import { conditionalWrite } from '../aws/conditional-write.ts';
import { queryFirst } from '../aws/query-all.ts';
import { INDEXES } from '../constants.ts';
import { type AuditRow, type AuditStore, auditRowSchema } from './audit-row.ts';

/** Audit rows are kept this long. */
const AUDIT_RETENTION_DAYS = 400;

const toRow = (item: Record<string, unknown>): AuditRow => auditRowSchema.parse(item);

/** AuditStore in DynamoDB: `subject` / `<at>#<auditId>`, newest first; the index by action has the whole row. */
const createDynamoAuditStore = (client: DynamoDBDocumentClient, tableName: string): AuditStore => {
  const query = async (key: 'subject' | 'action', value: string, limit: number): Promise<AuditRow[]> => {
    const items = await queryFirst(
      client,
      {
        TableName: tableName,
        ...(key === 'action' ? { IndexName: INDEXES.auditByAction } : { ConsistentRead: true }),
        KeyConditionExpression: '#key = :value',
        ExpressionAttributeNames: { '#key': key },
        ExpressionAttributeValues: { ':value': value },
        ScanIndexForward: false,
      },
      limit,
    );
    return items.map(toRow);
  };
  return {
    record: async (row) => {
      const expiresAtEpochSeconds =
        Math.ceil(new Date(row.at).getTime() / 1000) + AUDIT_RETENTION_DAYS * 24 * 3600;
      await conditionalWrite(
        client.send(
          new PutCommand({
            TableName: tableName,
            Item: { ...row, sortKey: `${row.at}#${row.auditId}`, expiresAtEpochSeconds },
            // A row is never rewritten: the first record of a decision stands.
            ConditionExpression: 'attribute_not_exists(subject)',
          }),
        ),
      );
    },
    listBySubject: (subject, limit) => query('subject', subject, limit),
    listByAction: (action, limit) => query('action', action, limit),
  };
};

export { createDynamoAuditStore };
