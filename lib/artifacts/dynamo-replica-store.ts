import { type DynamoDBDocumentClient, GetCommand, UpdateCommand } from '@aws-sdk/lib-dynamodb';
import { conditionalWrite } from '../aws/conditional-write.ts';
import { PermanentError } from '../errors.ts';
import { META, parseMarked, UNORDERED } from './dynamo-meta.ts';
import type { ReplicaStore } from './replica-store.ts';

/** Puts the item into the index `byReplicas`, as one that nobody looked at; since when it lacks something stays. */
const MARK_CHANGED = 'replicaState = :changed, replicaKey = :unordered';
const changedValues = { ':changed': 'changed', ':unordered': UNORDERED };

/** ReplicaStore in the artifacts table. Each change and its mark are one conditional write on META. */
const createDynamoReplicaStore = (client: DynamoDBDocumentClient, tableName: string): ReplicaStore => {
  const update = (
    artifactId: string,
    UpdateExpression: string,
    ConditionExpression: string,
    values: Readonly<Record<string, unknown>>,
  ) =>
    conditionalWrite(
      client.send(
        new UpdateCommand({
          TableName: tableName,
          Key: { artifactId, item: META },
          UpdateExpression,
          ConditionExpression,
          ExpressionAttributeValues: { ':one': 1, ...values },
          ReturnValues: 'ALL_NEW',
        }),
      ),
    );
  const takeAway = async (
    artifactId: string,
    nodeId: string,
    condition: string,
    values: Readonly<Record<string, unknown>> = {},
  ): Promise<boolean> =>
    (await update(
      artifactId,
      `DELETE replicaNodeIds :nodes SET ${MARK_CHANGED} ADD replicaRevision :one`,
      `contains(replicaNodeIds, :node)${condition}`,
      { ':nodes': new Set([nodeId]), ':node': nodeId, ...changedValues, ...values },
    )) !== undefined;

  /** One that lacks copies is looked at when it gains one. A crash before this write is mended when it is next due. */
  const lookAgain = async (item: Record<string, unknown> | undefined): Promise<void> => {
    const { artifact, mark, replicaRevision } = parseMarked(item);
    if (mark === undefined || mark.state === 'changed') return;
    await update(
      artifact.artifactId,
      `SET ${MARK_CHANGED} ADD replicaRevision :one`,
      'replicaRevision = :seen',
      { ':seen': replicaRevision, ...changedValues },
    );
  };

  return {
    addNodeReplica: async (artifactId, nodeId) => {
      const written = await update(
        artifactId,
        'ADD replicaNodeIds :nodes, replicaRevision :one',
        'attribute_exists(artifactId)',
        { ':nodes': new Set([nodeId]) },
      );
      if (written === undefined) throw new PermanentError(`artifact ${artifactId} is not registered`);
      await lookAgain(written.Attributes);
    },
    dropNodeReplica: (artifactId, nodeId) => takeAway(artifactId, nodeId, ''),
    // Invariant 1: the last live replica is never deleted. One condition on one item, so that two removals cannot both go.
    removeNodeReplica: async (artifactId, nodeId, keepNodes = 0) => {
      const condition =
        ' AND (attribute_exists(storeReplica) OR size(replicaNodeIds) > :one) AND size(replicaNodeIds) > :keep';
      if (await takeAway(artifactId, nodeId, condition, { ':keep': keepNodes })) return true;
      const { Item } = await client.send(
        new GetCommand({ TableName: tableName, Key: { artifactId, item: META }, ConsistentRead: true }),
      );
      if (Item === undefined) throw new PermanentError(`artifact ${artifactId} is not registered`);
      return !parseMarked(Item).artifact.replicaNodeIds.includes(nodeId);
    },
    setStoreReplica: async (artifactId, storeReplica) => {
      const written = await update(
        artifactId,
        'SET storeReplica = :replica ADD replicaRevision :one',
        'attribute_exists(artifactId) AND attribute_not_exists(storeReplica)',
        { ':replica': storeReplica },
      );
      if (written === undefined) return false;
      await lookAgain(written.Attributes);
      return true;
    },
    // A copy that was verified since is another one.
    dropStoreReplica: async (artifactId, verifiedAt) =>
      (await update(
        artifactId,
        `REMOVE storeReplica SET ${MARK_CHANGED} ADD replicaRevision :one`,
        'storeReplica.verifiedAt = :verifiedAt',
        { ':verifiedAt': verifiedAt, ...changedValues },
      )) !== undefined,
  };
};

export { createDynamoReplicaStore };
