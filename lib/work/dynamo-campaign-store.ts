import { type DynamoDBDocumentClient, GetCommand, PutCommand } from '@aws-sdk/lib-dynamodb';
import { batchGetAll } from '../aws/batch-get-all.ts';
import { writeIf } from '../aws/conditional-write.ts';
import { parseItem } from '../aws/parse-item.ts';
import { type CampaignState, type CampaignStore, campaignStateSchema } from './campaign.ts';

const toState = (item: unknown): CampaignState =>
  parseItem(campaignStateSchema, item, 'the state of a campaign');

/** CampaignStore in the table `campaigns`: one item per campaign that was ever measured. */
const createDynamoCampaignStore = (client: DynamoDBDocumentClient, tableName: string): CampaignStore => ({
  get: async (campaignId) => {
    const { Item } = await client.send(
      new GetCommand({ TableName: tableName, Key: { campaignId }, ConsistentRead: true }),
    );
    return Item === undefined ? undefined : toState(Item);
  },
  list: async (campaignIds) => {
    const keys = [...new Set(campaignIds)].map((campaignId) => ({ campaignId }));
    return (await batchGetAll(client, tableName, keys)).map(toState);
  },
  put: (state, expectedRevision) =>
    writeIf(() =>
      client.send(
        new PutCommand({
          TableName: tableName,
          Item: { ...state, revision: (expectedRevision ?? 0) + 1 },
          // The best only rises: nobody writes over a state that they have not read.
          ConditionExpression:
            expectedRevision === undefined ? 'attribute_not_exists(campaignId)' : 'revision = :expected',
          ...(expectedRevision === undefined
            ? {}
            : { ExpressionAttributeValues: { ':expected': expectedRevision } }),
        }),
      ),
    ),
});

export { createDynamoCampaignStore };
