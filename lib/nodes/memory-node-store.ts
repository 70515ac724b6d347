import { frozen } from '../frozen.ts';
import { toTimestamp } from '../time.ts';
import { type Changes, createMemoryNodeDrains, type Update } from './memory-node-drains.ts';
import { createMemoryNodeLeases } from './memory-node-leases.ts';
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

const attributes: { readonly [Name in keyof Node]-?: { parse(value: unknown): Node[Name] | undefined } } =
  nodeSchema.shape;
const isAttribute = (name: string): name is keyof Node => Object.hasOwn(attributes, name);

/** The node with `changes`: only those are parsed, which copies them; the rest is shared with the version before. */
const withChanges = (node: Node, changes: Changes, revision: number): Node => {
  const next = { ...node, revision };
  const set = <Name extends keyof Node>(name: Name): void => {
    const value = frozen(attributes[name].parse(changes[name]));
    // An attribute that the change removes.
    if (value === undefined) Reflect.deleteProperty(next, name);
    else Object.assign(next, { [name]: value });
  };
  for (const name of Object.keys(changes)) if (isAttribute(name)) set(name);
  return Object.freeze(next);
};

/** NodeStore in memory. Answers are frozen: they never change, and nobody can change them. */
const createMemoryNodeStore = (): NodeStore => {
  const nodes = new Map<string, Node>();
  const listWhere = (matches: (node: Node) => boolean): Node[] => [...nodes.values()].filter(matches);
  /** Writes `change(node)` with the next revision; undefined when the node is missing or `change` says no. */
  const update: Update = (nodeId, change, { keepsRevision } = { keepsRevision: false }) => {
    const node = nodes.get(nodeId);
    const changes = node === undefined ? undefined : change(node);
    if (node === undefined || changes === undefined) return undefined;
    const changed = withChanges(node, changes, node.revision + (keepsRevision ? 0 : 1));
    nodes.set(nodeId, changed);
    return changed;
  };
  return {
    get: async (nodeId) => nodes.get(nodeId),
    create: async (node) => {
      if (nodes.has(node.nodeId)) {
        return false;
      }
      nodes.set(node.nodeId, frozen(nodeSchema.parse(node)));
      return true;
    },
    listByLifecycle: async (lifecycles) => listWhere(({ lifecycle }) => lifecycles.includes(lifecycle)),
    listByProvider: async (provider, lifecycles) =>
      listWhere((node) => node.provider === provider && lifecycles.includes(node.lifecycle)),
    recordHeartbeat: async (nodeId, { bootId, seq, heartbeat, sentAt, marks = {} }) => {
      const before = nodes.get(nodeId);
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
    ...createMemoryNodeLeases(update),
  };
};

export { createMemoryNodeStore };
