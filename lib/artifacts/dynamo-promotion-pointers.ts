import { type DynamoDBDocumentClient, PutCommand } from '@aws-sdk/lib-dynamodb';
import * as z from 'zod';
import { writeIf } from '../aws/conditional-write.ts';
import { parseItem } from '../aws/parse-item.ts';
import { queryAll } from '../aws/query-all.ts';
import { INDEXES } from '../constants.ts';
import { artifactIdSchema } from '../ids.ts';
import type { Artifact } from './artifact.ts';

/** The partition of the `byName` index that holds all pointers, so that they are listed by a query. No kind#name looks like it. */
const PARTITION = 'promoted';

const pointerSchema = z.object({ promotedArtifactId: artifactIdSchema });

interface PromotionPointers {
  /** Points the artifact's name at it, unless a later promotion did; harmless when repeated. */
  advance(artifact: Artifact): Promise<void>;
  /** The latest promoted artifactId of each name. */
  list(): Promise<string[]>;
}

/** One item per promoted name, derived from META's `promotedAt`: `PROMOTED#<name>` / `POINTER`. */
const createPromotionPointers = (client: DynamoDBDocumentClient, tableName: string): PromotionPointers => ({
  advance: async ({ artifactId, name, promotedAt }) => {
    if (promotedAt === undefined) return;
    await writeIf(() =>
      client.send(
        new PutCommand({
          TableName: tableName,
          Item: {
            artifactId: `PROMOTED#${name}`,
            item: 'POINTER',
            kindName: PARTITION,
            registeredAt: promotedAt,
            promotedArtifactId: artifactId,
          },
          ConditionExpression: 'attribute_not_exists(artifactId) OR registeredAt < :at',
          ExpressionAttributeValues: { ':at': promotedAt },
        }),
      ),
    );
  },
  list: async () => {
    const items = await queryAll(client, {
      TableName: tableName,
      IndexName: INDEXES.artifactsByName,
      KeyConditionExpression: 'kindName = :partition',
      ExpressionAttributeValues: { ':partition': PARTITION },
    });
    return items.map((item) => parseItem(pointerSchema, item, 'a promotion pointer').promotedArtifactId);
  },
});

export type { PromotionPointers };
export { createPromotionPointers };
