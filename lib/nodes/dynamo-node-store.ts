import { type DynamoDBDocumentClient, GetCommand, PutCommand, UpdateCommand } from '@aws-sdk/lib-dynamodb';
import { batchGetAll } from '../aws/batch-get-all.ts';
import { conditionalWrite } from '../aws/conditional-write.ts';
import { queryAll } from '../aws/query-all.ts';
import { INDEXES } from '../constants.ts';
import { InvariantError } from '../errors.ts';
import { toTimestamp } from '../time.ts';
import { createDynamoNodeDrains } from './dynamo-node-drains.ts';
import { createDynamoNodeLeases } from './dynamo-node-leases.ts';
import { type Lifecycle, type Node, nodeSchema, type Provider } from './node.ts';
import type { NodeStore } from './node-store.ts';

const nodeKeySchema = nodeSchema.pick({ nodeId: true });

const toNode = (item: Record<string, unknown>): Node => {
  const parsed = nodeSchema.safeParse(item);
  if (!parsed.success) {
    throw new InvariantError(
      `the node item ${JSON.stringify(nodeKeySchema.safeParse(item).data?.nodeId)} does not match its schema`,
      {
        cause: parsed.error,
      },
    );
  }
  return parsed.data;
};

/** So many items are read side by side when a listing is re-read consistently. */
const PARALLEL_READS = 16;

/** NodeStore in DynamoDB. Every write raises `revision`, so that whoever decided on an older item loses. */
const createDynamoNodeStore = (client: DynamoDBDocumentClient, tableName: string): NodeStore => {
  const get = async (nodeId: string): Promise<Node | undefined> => {
    const { Item } = await client.send(
      new GetCommand({ TableName: tableName, Key: { nodeId }, ConsistentRead: true }),
    );
    return Item === undefined ? undefined : toNode(Item);
  };

  const update = (
    nodeId: string,
    set: Readonly<Record<string, unknown>>,
    condition: string,
    conditionValues: Readonly<Record<string, unknown>> = {},
    remove: readonly string[] = [],
  ) => {
    const names = Object.keys(set);
    const removal = remove.length === 0 ? '' : ` REMOVE ${remove.join(', ')}`;
    const setting = names.length === 0 ? '' : `SET ${names.map((name) => `#${name} = :${name}`).join(', ')} `;
    return conditionalWrite(
      client.send(
        new UpdateCommand({
          TableName: tableName,
          Key: { nodeId },
          UpdateExpression: `${setting}ADD revision :one${removal}`,
          ConditionExpression: condition,
          ExpressionAttributeNames: Object.fromEntries(names.map((name) => [`#${name}`, name])),
          ExpressionAttributeValues: {
            ':one': 1,
            ...Object.fromEntries(names.map((name) => [`:${name}`, set[name]])),
            ...conditionValues,
          },
          ReturnValues: 'ALL_NEW',
        }),
      ),
    );
  };

  const candidates = async (lifecycle: Lifecycle, provider?: Provider): Promise<string[]> => {
    const items = await queryAll(client, {
      TableName: tableName,
      IndexName: INDEXES.nodesByLifecycle,
      KeyConditionExpression: `lifecycle = :lifecycle${provider === undefined ? '' : ' AND provider = :provider'}`,
      ExpressionAttributeValues: {
        ':lifecycle': lifecycle,
        ...(provider === undefined ? {} : { ':provider': provider }),
      },
    });
    return items.map((item) => nodeKeySchema.parse(item).nodeId);
  };

  return {
    get,
    create: async (node) =>
      (await conditionalWrite(
        client.send(
          new PutCommand({
            TableName: tableName,
            Item: node,
            // A node id is never reused.
            ConditionExpression: 'attribute_not_exists(nodeId)',
          }),
        ),
      )) !== undefined,
    listByLifecycle: async (lifecycles) => {
      const ids = [
        ...new Set((await Promise.all(lifecycles.map((lifecycle) => candidates(lifecycle)))).flat()),
      ];
      const found: Node[] = [];
      for (let start = 0; start < ids.length; start += PARALLEL_READS) {
        const nodes = await Promise.all(ids.slice(start, start + PARALLEL_READS).map(get));
        found.push(...nodes.filter((node) => node !== undefined));
      }
      return found.filter(({ lifecycle }) => lifecycles.includes(lifecycle));
    },
    listByProvider: async (provider, lifecycles) => {
      const found = await Promise.all(lifecycles.map((lifecycle) => candidates(lifecycle, provider)));
      const keys = [...new Set(found.flat())].map((nodeId) => ({ nodeId }));
      const nodes = (await batchGetAll(client, tableName, keys)).map(toNode);
      return nodes.filter(({ lifecycle }) => lifecycles.includes(lifecycle));
    },
    recordHeartbeat: async (nodeId, { bootId, seq, heartbeat, sentAt, marks = {} }) => {
      const heartbeatAt = toTimestamp(sentAt);
      const written = await update(
        nodeId,
        {
          heartbeat,
          heartbeatAt,
          heartbeatSeq: seq,
          ...marks,
        },
        // Only newer ones count, and only of the boot that enrolled: repeats and late ones change nothing.
        'attribute_exists(nodeId) AND bootId = :boot AND (attribute_not_exists(heartbeatSeq) OR heartbeatSeq < :heartbeatSeq)',
        { ':boot': bootId },
      );
      if (written?.Attributes === undefined) {
        return (await get(nodeId)) === undefined ? { kind: 'unknown-node' } : { kind: 'stale' };
      }
      const node = toNode(written.Attributes);
      if (node.lifecycle !== 'pending') {
        return { kind: 'recorded', node, activated: false };
      }
      // A crash before this write is mended by the next heartbeat, which finds the node pending again.
      const activated = await update(
        nodeId,
        { lifecycle: 'active', activatedAt: heartbeatAt },
        'lifecycle = :pending',
        { ':pending': 'pending' },
      );
      return activated?.Attributes === undefined
        ? { kind: 'recorded', node, activated: false }
        : { kind: 'recorded', node: toNode(activated.Attributes), activated: true };
    },
    recordInventory: async (nodeId, inventory) =>
      (await update(
        nodeId,
        { inventory },
        'attribute_exists(nodeId) AND (attribute_not_exists(inventory) OR inventory.inventoryAt < :at)',
        { ':at': inventory.inventoryAt },
      )) !== undefined,
    markWriteOff: async (nodeId, inventoryAt, how) => {
      const inventory = (await get(nodeId))?.inventory;
      if (inventory?.inventoryAt !== inventoryAt) return false;
      // A newer inventory says that the copies are there.
      return (
        (await update(nodeId, { inventory: { ...inventory, writeOff: how } }, 'inventory.inventoryAt = :at', {
          ':at': inventoryAt,
        })) !== undefined
      );
    },
    rebind: async (nodeId, expectedRevision, bootId, sourceAddress) =>
      (await update(
        nodeId,
        { bootId, ...(sourceAddress === undefined ? {} : { sourceAddress }) },
        'revision = :expected',
        { ':expected': expectedRevision },
        ['binding', 'idleClock'],
      )) !== undefined,
    revoke: async (nodeId, at) => {
      const first = await update(
        nodeId,
        { revokedAt: toTimestamp(at) },
        'attribute_exists(nodeId) AND attribute_not_exists(revokedAt)',
      );
      return first !== undefined || (await get(nodeId)) !== undefined;
    },
    end: async (nodeId, expectedRevision, lifecycle, at) =>
      (await update(
        nodeId,
        { lifecycle, endedAt: toTimestamp(at) },
        // A heartbeat since the decision raised the revision: a node that lives is not ended.
        'revision = :expected',
        { ':expected': expectedRevision },
      )) !== undefined,
    recordBinding: async (nodeId, expectedRevision, binding) =>
      // A reboot since the listing was compared raised the revision: its binding is not confirmed by this one.
      (await update(nodeId, { binding }, 'revision = :expected', { ':expected': expectedRevision })) !==
      undefined,
    recordHealth: async (nodeId, expectedRevision, health) =>
      // A beat since the fleet was read raised the revision: it may say that all is well.
      (await update(nodeId, { health }, 'revision = :expected', { ':expected': expectedRevision })) !==
      undefined,
    revive: async (nodeId, expectedRevision) =>
      (await update(
        nodeId,
        { lifecycle: 'active' },
        // Only a node that an observation ended comes back, never a revoked one or one without its queue.
        'revision = :expected AND lifecycle = :lost AND attribute_not_exists(revokedAt) AND attribute_not_exists(queueDeletedAt)',
        { ':expected': expectedRevision, ':lost': 'lost' },
        // What it was in the middle of is over.
        ['endedAt', 'drain', 'endedDrain', 'shadowDrain', 'termination', 'idleClock'],
      )) !== undefined,
    markQueueDeleted: async (nodeId, at) => {
      await update(nodeId, { queueDeletedAt: toTimestamp(at) }, 'attribute_exists(nodeId)');
    },
    ...createDynamoNodeDrains(client, tableName),
    ...createDynamoNodeLeases(client, tableName),
  };
};

export { createDynamoNodeStore };
