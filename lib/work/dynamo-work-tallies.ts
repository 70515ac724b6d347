import { type DynamoDBDocumentClient, paginateQuery } from '@aws-sdk/lib-dynamodb';
import { parseItem } from '../aws/parse-item.ts';
import { INDEXES } from '../constants.ts';
import { OPEN_STATUSES, workClassSchema, workItemSchema } from './work-item.ts';
import { createTallyCounter, type WorkTallies } from './work-tally.ts';

const projectedSchema = workItemSchema.pick({
  campaignId: true,
  template: true,
  jobType: true,
  class: true,
  status: true,
});

/** WorkTallies by the index `byStatus`: a page at a time, and of each item only what is counted. */
const createDynamoWorkTallies = (client: DynamoDBDocumentClient, tableName: string): WorkTallies => ({
  count: async () => {
    const counter = createTallyCounter();
    for (const status of OPEN_STATUSES)
      for (const workClass of workClassSchema.options) {
        const pages = paginateQuery(
          { client },
          {
            TableName: tableName,
            IndexName: INDEXES.workByStatus,
            KeyConditionExpression: 'statusClass = :statusClass',
            ExpressionAttributeValues: { ':statusClass': `${status}#${workClass}` },
            ProjectionExpression: 'campaignId, #template, jobType, #class, #status',
            ExpressionAttributeNames: { '#template': 'template', '#class': 'class', '#status': 'status' },
          },
        );
        for await (const { Items = [] } of pages)
          for (const item of Items) counter.add(parseItem(projectedSchema, item, 'an open work item'));
      }
    return counter.result();
  },
});

export { createDynamoWorkTallies };
