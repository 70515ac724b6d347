import { toTimestamp } from '../time.ts';
import type { Node } from './node.ts';
import type { NodeDrains } from './node-drains.ts';

/** Attributes to set; undefined removes one. */
type Changes = { [Key in keyof Node]?: Node[Key] | undefined };

/** Writes what `change` answers; undefined when it, or the missing node, says no. `keepsRevision`: a write that nobody else is to notice. */
type Update = (
  nodeId: string,
  change: (node: Node) => Changes | undefined,
  options?: { readonly keepsRevision: boolean },
) => Node | undefined;

/** The drain part of the NodeStore in memory. */
const createMemoryNodeDrains = (update: Update): NodeDrains => {
  const write = async (...parameters: Parameters<Update>): Promise<boolean> =>
    update(...parameters) !== undefined;
  return {
    beginDrain: (nodeId, expectedRevision, drain) =>
      write(nodeId, (node) =>
        node.revision === expectedRevision &&
        node.lifecycle === 'active' &&
        node.drain === undefined &&
        node.drainEpoch < drain.epoch &&
        Object.keys(node.leases).length === 0
          ? {
              lifecycle: 'draining',
              drain,
              drainEpoch: drain.epoch,
              shadowDrain: undefined,
              endedDrain: undefined,
            }
          : undefined,
      ),
    acknowledgeDrain: (nodeId, { drainId, epoch, bootId, drainUntil, inventoryDigest }, at) =>
      write(nodeId, ({ drain, lifecycle, bootId: bound }) => {
        const acknowledgedAt = toTimestamp(at);
        const isThis =
          drain?.drainId === drainId &&
          drain.epoch === epoch &&
          bound === bootId &&
          (lifecycle === 'draining' || lifecycle === 'terminating');
        if (!isThis || (drain.acknowledgedAt ?? '') > acknowledgedAt) return undefined;
        const until =
          drainUntil === undefined || drainUntil < drain.drainUntil ? drain.drainUntil : drainUntil;
        return {
          drain: {
            ...drain,
            acknowledgedAt,
            acknowledgedBootId: bootId,
            drainUntil: until,
            ...(inventoryDigest === undefined ? {} : { inventoryDigest }),
          },
        };
      }),
    markDrainAnnounced: (nodeId, drainId, at) =>
      write(nodeId, ({ drain }) =>
        drain?.drainId === drainId ? { drain: { ...drain, announcedAt: toTimestamp(at) } } : undefined,
      ),
    endDrain: (nodeId, expectedRevision, ended) =>
      write(nodeId, (node) =>
        node.revision === expectedRevision &&
        node.lifecycle === 'draining' &&
        node.drain?.drainId === ended.drainId
          ? { lifecycle: 'active', endedDrain: ended, drain: undefined, idleClock: undefined }
          : undefined,
      ),
    markDrainEndAnnounced: (nodeId, drainId, at) =>
      write(nodeId, ({ endedDrain }) =>
        endedDrain?.drainId === drainId
          ? { endedDrain: { ...endedDrain, announcedAt: toTimestamp(at) } }
          : undefined,
      ),
    beginTermination: (nodeId, expectedRevision, termination) =>
      write(nodeId, ({ revision, lifecycle, drain }) => {
        const mayEnd =
          termination.forcedBy === undefined
            ? lifecycle === 'draining' && drain?.acknowledgedAt !== undefined
            : lifecycle === 'pending' || lifecycle === 'active' || lifecycle === 'draining';
        return revision === expectedRevision && mayEnd
          ? { lifecycle: 'terminating', termination, shadowDrain: undefined }
          : undefined;
      }),
    cancelTermination: (nodeId, expectedRevision, ended) =>
      write(nodeId, ({ revision, lifecycle, drain, termination }) =>
        revision === expectedRevision &&
        lifecycle === 'terminating' &&
        drain?.drainId === ended.drainId &&
        termination?.acceptedAt === undefined &&
        termination?.forcedBy === undefined
          ? {
              lifecycle: 'active',
              endedDrain: ended,
              drain: undefined,
              termination: undefined,
              idleClock: undefined,
            }
          : undefined,
      ),
    recordTermination: (nodeId, expectedRevision, termination) =>
      write(nodeId, (node) =>
        node.revision === expectedRevision &&
        node.lifecycle === 'terminating' &&
        node.termination?.terminationId === termination.terminationId
          ? { termination }
          : undefined,
      ),
    putShadowDrain: (nodeId, expectedDrainId, shadow) =>
      write(
        nodeId,
        ({ shadowDrain }) => (shadowDrain?.drainId === expectedDrainId ? { shadowDrain: shadow } : undefined),
        { keepsRevision: true },
      ),
    noteActivity: (nodeId, at) =>
      write(nodeId, ({ idleClock }) => {
        const activityAt = toTimestamp(at);
        return idleClock === undefined || (idleClock.activityAt ?? '') >= activityAt
          ? undefined
          : { idleClock: { ...idleClock, activityAt } };
      }),
    waiveData: (nodeId, expectedRevision, waiver) =>
      write(nodeId, ({ revision }) => (revision === expectedRevision ? { dataWaiver: waiver } : undefined)),
  };
};

export type { Changes, Update };
export { createMemoryNodeDrains };
