import type { DynamoDBDocumentClient } from '@aws-sdk/lib-dynamodb';
import { getControlItem, putControlItem } from '../aws/control-items.ts';
import { recountedSchema } from './recounted.ts';
import { repairLedgerSchema } from './repair-ledger.ts';
import { replicationReportSchema } from './replication-report.ts';
import type { ReplicationStore } from './replication-store.ts';
import { rosterSchema } from './roster.ts';

const keyOf = (item: 'repairs' | 'roster' | 'report' | 'recounted') => ({ scope: 'REPLICATION', item });

/** ReplicationStore in the control table: `REPLICATION` / `repairs`, `roster`, `report` and `recounted`. The revision makes the budget exact. */
const createDynamoReplicationStore = (
  client: DynamoDBDocumentClient,
  tableName: string,
): ReplicationStore => ({
  ledger: () => getControlItem(client, tableName, keyOf('repairs'), repairLedgerSchema),
  putLedger: (next, expectedRevision) =>
    putControlItem(client, tableName, keyOf('repairs'), next, expectedRevision),
  roster: () => getControlItem(client, tableName, keyOf('roster'), rosterSchema),
  putRoster: (next, expectedRevision) =>
    putControlItem(client, tableName, keyOf('roster'), next, expectedRevision),
  report: () => getControlItem(client, tableName, keyOf('report'), replicationReportSchema),
  putReport: (next, expectedRevision) =>
    putControlItem(client, tableName, keyOf('report'), next, expectedRevision),
  recounted: () => getControlItem(client, tableName, keyOf('recounted'), recountedSchema),
  putRecounted: (next, expectedRevision) =>
    putControlItem(client, tableName, keyOf('recounted'), next, expectedRevision),
});

export { createDynamoReplicationStore };
