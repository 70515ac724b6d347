import type { DynamoDBDocumentClient } from '@aws-sdk/lib-dynamodb';
import { getControlItem, putControlItem } from '../aws/control-items.ts';
import { type ScheduleStore, schedulesSchema } from './schedule-store.ts';

const KEY = { scope: 'SYNC', item: 'schedules' } as const;

/** ScheduleStore in one item of the control table. */
const createDynamoScheduleStore = (client: DynamoDBDocumentClient, tableName: string): ScheduleStore => ({
  get: async () => await getControlItem(client, tableName, KEY, schedulesSchema),
  put: async (next, expectedRevision) => await putControlItem(client, tableName, KEY, next, expectedRevision),
});

export { createDynamoScheduleStore };
