import { toTimestamp } from '../time.ts';
import { createMemoryNodeDrains, type Update } from './memory-node-drains.ts';
import { type Node, nodeSchema } from './node.ts';
import type { NodeStore } from './node-store.ts';

/** What a node that comes back was in the middle of is over. */
const withoutEndings = {
  drain: undefined,
  endedDrain: undefined,
  shadowDrain: undefined,
  termination: undefined,
  idleClock: undefined,
};

/** NodeStore in memory. Answers are copies, as from a table. */
const createMemoryNodeStore = (): NodeStore => {
  const nodes = new Map<string, Node>();
  const read = (nodeId: string): Node | undefined => {
    const node = nodes.get(nodeId);
    return node === undefined ? undefined : structuredClone(node);
  };
  /** Writes `change(node)` with the next revision; undefined when the node is missing or `change` says no. */
  const update: Update = (nodeId, change, { keepsRevision } = { keepsRevision: false }) => {
    const node = read(nodeId);
    const changes = node === undefined ? undefined : change(node);
    if (node === undefined || changes === undefined) {
      return undefined;
    }
    // Parsed without the undefined ones: they are attributes that the change removes.
    const changed = Object.entries({ ...node, ...changes }).filter(([, value]) => value !== undefined);
    nodes.set(
      nodeId,
      nodeSchema.parse({
        ...structuredClone(Object.fromEntries(changed)),
        revision: node.revision + (keepsRevision ? 0 : 1),
      }),
    );
    return read(nodeId);
  };
  return {
    get: async (nodeId) => read(nodeId),
    create: async (node) => {
      if (nodes.has(node.nodeId)) {
        return false;
      }
      nodes.set(node.nodeId, nodeSchema.parse(node));
      return true;
    },
    listByLifecycle: async (lifecycles) =>
      [...nodes.values()]
        .filter(({ lifecycle }) => lifecycles.includes(lifecycle))
        .map((node) => structuredClone(node)),
    listByProvider: async (provider, lifecycles) =>
      [...nodes.values()]
        .filter((node) => node.provider === provider && lifecycles.includes(node.lifecycle))
        .map((node) => structuredClone(node)),
    recordHeartbeat: async (nodeId, { bootId, seq, heartbeat, sentAt, marks = {} }) => {
      const before = read(nodeId);
      if (before === undefined) {
        return { kind: 'unknown-node' };
      }
      const activated = before.lifecycle === 'pending';
      const heartbeatAt = toTimestamp(sentAt);
      const node = update(nodeId, (current) =>
        current.bootId !== bootId || (current.heartbeatSeq ?? -1) >= seq
          ? undefined
          : {
              heartbeat,
              heartbeatAt,
              heartbeatSeq: seq,
              ...marks,
              ...(activated ? { lifecycle: 'active' as const, activatedAt: heartbeatAt } : {}),
            },
      );
      return node === undefined ? { kind: 'stale' } : { kind: 'recorded', node, activated };
    },
    recordInventory: async (nodeId, inventory) =>
      update(nodeId, (node) =>
        node.inventory !== undefined && node.inventory.inventoryAt >= inventory.inventoryAt
          ? undefined
          : { inventory },
      ) !== undefined,
    markWriteOff: async (nodeId, inventoryAt, how) =>
      update(nodeId, ({ inventory }) =>
        inventory?.inventoryAt === inventoryAt ? { inventory: { ...inventory, writeOff: how } } : undefined,
      ) !== undefined,
    rebind: async (nodeId, expectedRevision, bootId, sourceAddress) =>
      update(nodeId, (node) =>
        node.revision === expectedRevision
          ? {
              bootId,
              binding: undefined,
              idleClock: undefined,
              ...(sourceAddress === undefined ? {} : { sourceAddress }),
            }
          : undefined,
      ) !== undefined,
    revoke: async (nodeId, at) =>
      update(nodeId, (node) => ({ revokedAt: node.revokedAt ?? toTimestamp(at) })) !== undefined,
    end: async (nodeId, expectedRevision, lifecycle, at) =>
      update(nodeId, (node) =>
        node.revision === expectedRevision ? { lifecycle, endedAt: toTimestamp(at) } : undefined,
      ) !== undefined,
    recordBinding: async (nodeId, expectedRevision, binding) =>
      update(nodeId, (node) => (node.revision === expectedRevision ? { binding } : undefined)) !== undefined,
    recordHealth: async (nodeId, expectedRevision, health) =>
      update(nodeId, (node) => (node.revision === expectedRevision ? { health } : undefined)) !== undefined,
    revive: async (nodeId, expectedRevision) =>
      update(nodeId, (node) =>
        node.revision === expectedRevision &&
        node.lifecycle === 'lost' &&
        node.revokedAt === undefined &&
        node.queueDeletedAt === undefined
          ? { lifecycle: 'active', endedAt: undefined, ...withoutEndings }
          : undefined,
      ) !== undefined,
    markQueueDeleted: async (nodeId, at) => {
      update(nodeId, () => ({ queueDeletedAt: toTimestamp(at) }));
    },
    ...createMemoryNodeDrains(update),
    grantLease: async (nodeId, token, lease) =>
      update(nodeId, (node) =>
        node.lifecycle === 'active' &&
        node.revokedAt === undefined &&
        node.drain === undefined &&
        node.heartbeat?.mode === 'active' &&
        node.leases[token] === undefined &&
        Object.keys(node.leases).length < node.heartbeat.slots.total
          ? { leases: { ...node.leases, [token]: lease }, idleClock: undefined }
          : undefined,
      ) !== undefined,
    renewLease: async (nodeId, token, leaseUntil) =>
      update(nodeId, (node) => {
        const lease = node.leases[token];
        const until = toTimestamp(leaseUntil);
        return lease === undefined || lease.leaseUntil > until
          ? undefined
          : { leases: { ...node.leases, [token]: { ...lease, leaseUntil: until } } };
      }) !== undefined,
    releaseLease: async (nodeId, token) => {
      update(nodeId, ({ leases: { [token]: held, ...rest } }) =>
        held === undefined ? undefined : { leases: rest },
      );
    },
  };
};

export { createMemoryNodeStore };
