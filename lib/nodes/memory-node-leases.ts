import { toTimestamp } from '../time.ts';
import type { Update } from './memory-node-drains.ts';
import type { Node } from './node.ts';
import type { NodeStore } from './node-store.ts';

/** The node's leases without one; undefined when it does not hold that one. */
const without = ({ leases }: Node, token: string): Node['leases'] | undefined => {
  const { [token]: held, ...rest } = leases;
  return held === undefined ? undefined : rest;
};

const failuresAfter = ({ failedWork }: Node, ended: 'succeeded' | 'failed' | undefined) => {
  switch (ended) {
    case 'succeeded':
      return { failedWork: undefined };
    case 'failed':
      return { failedWork: (failedWork ?? 0) + 1 };
    case undefined:
      return {};
  }
};

/** The lease part of the NodeStore in memory. */
const createMemoryNodeLeases = (
  update: Update,
): Pick<NodeStore, 'grantLease' | 'renewLease' | 'releaseLease' | 'expireLease'> => ({
  grantLease: async (nodeId, expectedRevision, token, lease) =>
    update(nodeId, (node) =>
      node.revision === expectedRevision &&
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
  releaseLease: async (nodeId, token, ended) => {
    update(nodeId, (node) => {
      const leases = without(node, token);
      return leases === undefined ? undefined : { leases, ...failuresAfter(node, ended) };
    });
  },
  expireLease: async (nodeId, token, now) =>
    update(nodeId, (node) => {
      const leases = without(node, token);
      const hasRunOut = (node.leases[token]?.leaseUntil ?? '') < toTimestamp(now);
      return leases === undefined || !hasRunOut ? undefined : { leases };
    }) !== undefined,
});

export { createMemoryNodeLeases };
