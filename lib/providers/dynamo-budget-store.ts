import type { DynamoDBDocumentClient } from '@aws-sdk/lib-dynamodb';
import { getControlItem, putControlItem } from '../aws/control-items.ts';
import { parseItem } from '../aws/parse-item.ts';
import { queryAll } from '../aws/query-all.ts';
import { budgetMarkSchema, budgetSchema } from './budget.ts';
import type { BudgetStore } from './budget-store.ts';

const SCOPE = 'BUDGET';
const MARK_SCOPE = 'BUDGET-MARK';
const itemSchema = budgetSchema.omit({ scope: true });

/** BudgetStore in the control table: `BUDGET` / `<scope>` and `BUDGET-MARK` / `<scope>#<period>` (TTL). */
const createDynamoBudgetStore = (client: DynamoDBDocumentClient, tableName: string): BudgetStore => ({
  list: async () => {
    const items = await queryAll(client, {
      TableName: tableName,
      KeyConditionExpression: '#scope = :scope',
      ExpressionAttributeNames: { '#scope': 'scope' },
      ExpressionAttributeValues: { ':scope': SCOPE },
      ConsistentRead: true,
    });
    // The key's own `scope` stands where the budget's would.
    return items.map((item) => ({
      ...parseItem(itemSchema, item, 'a budget'),
      scope: parseItem(budgetSchema.shape.scope, item['item'], "a budget's scope"),
    }));
  },
  put: ({ scope, ...budget }, expectedRevision) =>
    putControlItem(client, tableName, { scope: SCOPE, item: scope }, budget, expectedRevision),
  getMark: (scope, period) =>
    getControlItem(client, tableName, { scope: MARK_SCOPE, item: `${scope}#${period}` }, budgetMarkSchema),
  putMark: (scope, period, level, expectedRevision, expiresAt) =>
    putControlItem(
      client,
      tableName,
      { scope: MARK_SCOPE, item: `${scope}#${period}` },
      { level, expiresAtEpochSeconds: Math.ceil(expiresAt.getTime() / 1000) },
      expectedRevision,
    ),
});

export { createDynamoBudgetStore };
