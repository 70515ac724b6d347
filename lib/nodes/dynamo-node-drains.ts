import { type DynamoDBDocumentClient, UpdateCommand } from '@aws-sdk/lib-dynamodb';
import { writeIf } from '../aws/conditional-write.ts';
import { toTimestamp } from '../time.ts';
import type { NodeDrains } from './node-drains.ts';

/** Strings of the item that are compared with a value of their own. */
const ACTIVE = 'active';
const DRAINING = 'draining';
const TERMINATING = 'terminating';

/** The drain part of the NodeStore in DynamoDB. */
const createDynamoNodeDrains = (client: DynamoDBDocumentClient, tableName: string): NodeDrains => {
  const write = (
    nodeId: string,
    expression: string,
    condition: string,
    values: Readonly<Record<string, unknown>>,
  ): Promise<boolean> =>
    writeIf(() =>
      client.send(
        new UpdateCommand({
          TableName: tableName,
          Key: { nodeId },
          UpdateExpression: expression,
          ConditionExpression: condition,
          ...(Object.keys(values).length === 0 ? {} : { ExpressionAttributeValues: values }),
        }),
      ),
    );
  return {
    beginDrain: (nodeId, expectedRevision, drain) =>
      write(
        nodeId,
        'SET lifecycle = :draining, drain = :drain, drainEpoch = :epoch REMOVE shadowDrain, endedDrain ADD revision :one',
        // Invariant 2: a lease, a heartbeat or a reboot since the decision raised the revision.
        'revision = :expected AND lifecycle = :active AND attribute_not_exists(drain) AND drainEpoch < :epoch AND size(leases) = :none',
        {
          ':draining': DRAINING,
          ':active': ACTIVE,
          ':drain': drain,
          ':epoch': drain.epoch,
          ':expected': expectedRevision,
          ':none': 0,
          ':one': 1,
        },
      ),
    acknowledgeDrain: async (nodeId, { drainId, epoch, bootId, drainUntil, inventoryDigest }, at) => {
      const isThis =
        'drain.drainId = :drainId AND drain.epoch = :epoch AND bootId = :boot AND lifecycle IN (:draining, :terminating)';
      const values = {
        ':drainId': drainId,
        ':epoch': epoch,
        ':boot': bootId,
        ':draining': DRAINING,
        ':terminating': TERMINATING,
        ':one': 1,
      };
      const digest = inventoryDigest === undefined ? '' : ', drain.inventoryDigest = :digest';
      const taken = await write(
        nodeId,
        `SET drain.acknowledgedAt = :at, drain.acknowledgedBootId = :boot${digest} ADD revision :one`,
        // A repeat that comes late says nothing new.
        `${isThis} AND (attribute_not_exists(drain.acknowledgedAt) OR drain.acknowledgedAt <= :at)`,
        {
          ...values,
          ':at': toTimestamp(at),
          ...(inventoryDigest === undefined ? {} : { ':digest': inventoryDigest }),
        },
      );
      if (taken && drainUntil !== undefined)
        await write(
          nodeId,
          'SET drain.drainUntil = :until ADD revision :one',
          `${isThis} AND drain.drainUntil < :until`,
          { ...values, ':until': drainUntil },
        );
      return taken;
    },
    markDrainAnnounced: (nodeId, drainId, at) =>
      write(nodeId, 'SET drain.announcedAt = :at ADD revision :one', 'drain.drainId = :drainId', {
        ':at': toTimestamp(at),
        ':drainId': drainId,
        ':one': 1,
      }),
    endDrain: (nodeId, expectedRevision, ended) =>
      write(
        nodeId,
        'SET lifecycle = :active, endedDrain = :ended REMOVE drain, idleClock ADD revision :one',
        'revision = :expected AND lifecycle = :draining AND drain.drainId = :drainId',
        {
          ':active': ACTIVE,
          ':draining': DRAINING,
          ':ended': ended,
          ':drainId': ended.drainId,
          ':expected': expectedRevision,
          ':one': 1,
        },
      ),
    markDrainEndAnnounced: (nodeId, drainId, at) =>
      write(nodeId, 'SET endedDrain.announcedAt = :at ADD revision :one', 'endedDrain.drainId = :drainId', {
        ':at': toTimestamp(at),
        ':drainId': drainId,
        ':one': 1,
      }),
    beginTermination: (nodeId, expectedRevision, termination) =>
      write(
        nodeId,
        'SET lifecycle = :terminating, termination = :termination REMOVE shadowDrain ADD revision :one',
        // Without a person's word only a drained node ends.
        termination.forcedBy === undefined
          ? 'revision = :expected AND lifecycle = :draining AND attribute_exists(drain.acknowledgedAt)'
          : 'revision = :expected AND lifecycle IN (:pending, :active, :draining)',
        {
          ':terminating': TERMINATING,
          ':termination': termination,
          ':draining': DRAINING,
          ':expected': expectedRevision,
          ':one': 1,
          ...(termination.forcedBy === undefined ? {} : { ':pending': 'pending', ':active': ACTIVE }),
        },
      ),
    cancelTermination: (nodeId, expectedRevision, ended) =>
      write(
        nodeId,
        'SET lifecycle = :active, endedDrain = :ended REMOVE drain, termination, idleClock ADD revision :one',
        // Invariant 5: what a provider accepted ends by a listing alone. What a person forced is that person's.
        'revision = :expected AND lifecycle = :terminating AND drain.drainId = :drainId AND attribute_not_exists(termination.acceptedAt) AND attribute_not_exists(termination.forcedBy)',
        {
          ':active': ACTIVE,
          ':terminating': TERMINATING,
          ':ended': ended,
          ':drainId': ended.drainId,
          ':expected': expectedRevision,
          ':one': 1,
        },
      ),
    recordTermination: (nodeId, expectedRevision, termination) =>
      write(
        nodeId,
        'SET termination = :termination ADD revision :one',
        'revision = :expected AND lifecycle = :terminating AND termination.terminationId = :terminationId',
        {
          ':termination': termination,
          ':terminating': TERMINATING,
          ':terminationId': termination.terminationId,
          ':expected': expectedRevision,
          ':one': 1,
        },
      ),
    putShadowDrain: (nodeId, expectedDrainId, shadow) =>
      write(
        nodeId,
        shadow === undefined ? 'REMOVE shadowDrain' : 'SET shadowDrain = :shadow',
        `attribute_exists(nodeId) AND ${expectedDrainId === undefined ? 'attribute_not_exists(shadowDrain)' : 'shadowDrain.drainId = :expected'}`,
        {
          ...(shadow === undefined ? {} : { ':shadow': shadow }),
          ...(expectedDrainId === undefined ? {} : { ':expected': expectedDrainId }),
        },
      ),
    noteActivity: (nodeId, at) =>
      write(
        nodeId,
        'SET idleClock.activityAt = :at ADD revision :one',
        'attribute_exists(idleClock) AND (attribute_not_exists(idleClock.activityAt) OR idleClock.activityAt < :at)',
        { ':at': toTimestamp(at), ':one': 1 },
      ),
    waiveData: (nodeId, expectedRevision, waiver) =>
      write(nodeId, 'SET dataWaiver = :waiver ADD revision :one', 'revision = :expected', {
        ':waiver': waiver,
        ':expected': expectedRevision,
        ':one': 1,
      }),
  };
};

export { createDynamoNodeDrains };
