import { type DynamoDBDocumentClient, PutCommand } from '@aws-sdk/lib-dynamodb';
import { conditionalWrite } from '../aws/conditional-write.ts';
import type { AuditStore } from './audit-row.ts';
import { sortKeyOf } from './newest-rows.ts';

/** Audit rows are kept this long. */
const AUDIT_RETENTION_DAYS = 400;

/** AuditStore in DynamoDB: `subject` / `<at>#<auditId>`. */
const createDynamoAuditStore = (client: DynamoDBDocumentClient, tableName: string): AuditStore => ({
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
});

export { createDynamoAuditStore };
