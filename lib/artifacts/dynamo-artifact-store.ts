import { type DynamoDBDocumentClient, GetCommand, PutCommand, UpdateCommand } from '@aws-sdk/lib-dynamodb';
import { writeIf } from '../aws/conditional-write.ts';
import { queryAll, scanAll } from '../aws/query-all.ts';
import { INDEXES } from '../constants.ts';
import { InvariantError, PermanentError } from '../errors.ts';
import { artifactIdSchema } from '../ids.ts';
import { type Artifact, type ArtifactKind, artifactKindSchema } from './artifact.ts';
import type { ArtifactStore } from './artifact-store.ts';
import { META, parseMeta, toMetaItem } from './dynamo-meta.ts';
import { createPromotionPointers } from './dynamo-promotion-pointers.ts';
import { createDynamoReplicaMarks } from './dynamo-replica-marks.ts';
import { createDynamoReplicaStore } from './dynamo-replica-store.ts';

const newestFirst = (a: Artifact, b: Artifact): number => b.registeredAt.localeCompare(a.registeredAt);

/** ArtifactStore in the artifacts table: the item `META` of each artifact. */
const createDynamoArtifactStore = (client: DynamoDBDocumentClient, tableName: string): ArtifactStore => {
  const pointers = createPromotionPointers(client, tableName);
  const replicas = createDynamoReplicaStore(client, tableName);
  const keyOf = (artifactId: string): { artifactId: string; item: string } => ({ artifactId, item: META });
  const get = async (artifactId: string): Promise<Artifact | undefined> => {
    const { Item } = await client.send(
      new GetCommand({ TableName: tableName, Key: keyOf(artifactId), ConsistentRead: true }),
    );
    return Item === undefined ? undefined : parseMeta(Item);
  };
  const getMany = async (artifactIds: readonly string[]): Promise<Artifact[]> => {
    const found = await Promise.all([...new Set(artifactIds)].map(get));
    return found.filter((artifact) => artifact !== undefined).sort(newestFirst);
  };
  const findByKindName = async (kind: ArtifactKind, name: string): Promise<Artifact[]> => {
    const items = await queryAll(client, {
      TableName: tableName,
      IndexName: INDEXES.artifactsByName,
      KeyConditionExpression: 'kindName = :kindName',
      ExpressionAttributeValues: { ':kindName': `${kind}#${name}` },
      ScanIndexForward: false,
    });
    return items.map(parseMeta);
  };
  return {
    ...replicas,
    ...createDynamoReplicaMarks(client, tableName),
    get,
    getMany,
    register: async (artifact) => {
      // The artifactId is the content: the first registration of the same bytes wins.
      const created = await writeIf(() =>
        client.send(
          new PutCommand({
            TableName: tableName,
            Item: toMetaItem(artifact),
            ConditionExpression: 'attribute_not_exists(artifactId)',
          }),
        ),
      );
      if (!created && artifact.storeReplica !== undefined)
        await replicas.setStoreReplica(artifact.artifactId, artifact.storeReplica);
      const stored = await get(artifact.artifactId);
      if (stored === undefined) throw new InvariantError(`artifact ${artifact.artifactId} vanished`);
      return { created, artifact: stored };
    },
    findByName: async (name, kind) => {
      const kinds = kind === undefined ? artifactKindSchema.options : [kind];
      return (await Promise.all(kinds.map((one) => findByKindName(one, name)))).flat().sort(newestFirst);
    },
    list: async ({ kind, limit }) => {
      const items = await scanAll(client, {
        TableName: tableName,
        IndexName: INDEXES.artifactsByName,
        FilterExpression: '#catalog = :artifact',
        ExpressionAttributeNames: { '#catalog': 'catalog' },
        ExpressionAttributeValues: { ':artifact': 'artifact' },
      });
      return items
        .map(parseMeta)
        .filter((artifact) => kind === undefined || artifact.kind === kind)
        .sort(newestFirst)
        .slice(0, limit);
    },
    markPromoted: async (artifactId, promotedAt) => {
      // Promotions are ordered by their time, whatever order they arrive in.
      await writeIf(() =>
        client.send(
          new UpdateCommand({
            TableName: tableName,
            Key: keyOf(artifactId),
            UpdateExpression: 'SET promotedAt = :at',
            ConditionExpression:
              'attribute_exists(artifactId) AND (attribute_not_exists(promotedAt) OR promotedAt < :at)',
            ExpressionAttributeValues: { ':at': promotedAt },
          }),
        ),
      );
      const artifact = await get(artifactId);
      if (artifact === undefined) throw new PermanentError(`artifact ${artifactId} is not registered`);
      await pointers.advance(artifact);
      return artifact;
    },
    listPromoted: async () => getMany((await pointers.list()).map((id) => artifactIdSchema.parse(id))),
  };
};

export { createDynamoArtifactStore };
