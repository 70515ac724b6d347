import { type DynamoDBDocumentClient, GetCommand, PutCommand, UpdateCommand } from '@aws-sdk/lib-dynamodb';
import * as z from 'zod';
import { writeIf } from '../aws/conditional-write.ts';
import { fromSet, parseItem } from '../aws/parse-item.ts';
import { queryAll, scanAll } from '../aws/query-all.ts';
import { INDEXES } from '../constants.ts';
import { InvariantError, PermanentError } from '../errors.ts';
import { artifactIdSchema, nodeIdSchema } from '../ids.ts';
import { type Artifact, type ArtifactKind, artifactKindSchema, artifactSchema } from './artifact.ts';
import type { ArtifactStore } from './artifact-store.ts';
import { createPromotionPointers } from './dynamo-promotion-pointers.ts';

const META = 'META';

/** The live replicas are a DynamoDB set, which is absent while it is empty. */
const metaSchema = artifactSchema.extend({
  replicaNodeIds: z.preprocess(fromSet, z.array(nodeIdSchema)),
});

const parseMeta = (item: unknown): Artifact => parseItem(metaSchema, item, 'the META item of an artifact');

const toItem = ({ replicaNodeIds, ...artifact }: Artifact): Record<string, unknown> => ({
  ...artifact,
  item: META,
  catalog: 'artifact',
  kindName: `${artifact.kind}#${artifact.name}`,
  ...(replicaNodeIds.length === 0 ? {} : { replicaNodeIds: new Set(replicaNodeIds) }),
});

const newestFirst = (a: Artifact, b: Artifact): number => b.registeredAt.localeCompare(a.registeredAt);

/** ArtifactStore in the artifacts table: the item `META` of each artifact. */
const createDynamoArtifactStore = (client: DynamoDBDocumentClient, tableName: string): ArtifactStore => {
  const pointers = createPromotionPointers(client, tableName);
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
    get,
    getMany,
    register: async (artifact) => {
      // The artifactId is the content: the first registration of the same bytes wins.
      const created = await writeIf(() =>
        client.send(
          new PutCommand({
            TableName: tableName,
            Item: toItem(artifact),
            ConditionExpression: 'attribute_not_exists(artifactId)',
          }),
        ),
      );
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
    addNodeReplica: async (artifactId, nodeId) => {
      const written = await writeIf(() =>
        client.send(
          new UpdateCommand({
            TableName: tableName,
            Key: keyOf(artifactId),
            UpdateExpression: 'ADD replicaNodeIds :node',
            ConditionExpression: 'attribute_exists(artifactId)',
            ExpressionAttributeValues: { ':node': new Set([nodeId]) },
          }),
        ),
      );
      if (!written) throw new PermanentError(`artifact ${artifactId} is not registered`);
    },
    // Invariant 1: the last live replica is never dropped. One condition on one item, so that two removals cannot both go.
    removeNodeReplica: (artifactId, nodeId) =>
      writeIf(() =>
        client.send(
          new UpdateCommand({
            TableName: tableName,
            Key: keyOf(artifactId),
            UpdateExpression: 'DELETE replicaNodeIds :nodes',
            ConditionExpression:
              'attribute_exists(artifactId) AND (attribute_exists(storeReplica) OR attribute_not_exists(replicaNodeIds) OR NOT contains(replicaNodeIds, :node) OR size(replicaNodeIds) > :one)',
            ExpressionAttributeValues: { ':nodes': new Set([nodeId]), ':node': nodeId, ':one': 1 },
          }),
        ),
      ),
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
