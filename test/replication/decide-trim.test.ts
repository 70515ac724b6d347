import { describe, expect, it } from 'vitest';
import { decideTrim } from '../../lib/replication/decide-trim.ts';
import type { HolderState } from '../../lib/replication/holder.ts';
import { GB, nodeIdOf, START } from '../distribution/fixtures.ts';
import { at, inStore, makeHolder, onNodes } from './fixtures.ts';

const disk = (usedPercent: number) => ({ totalBytes: 100 * GB, freeBytes: 10 * GB, usedPercent });
const nodes = new Map(
  [
    makeHolder(1, { disk: disk(20) }),
    makeHolder(2, { disk: disk(80) }),
    makeHolder(3, { disk: disk(50) }),
  ].map((node) => [node.nodeId, node]),
);
const live = new Map<string, HolderState>([...nodes.keys()].map((nodeId) => [nodeId, 'live']));
const policy = { minimumNodeCopies: 0, targetNodeCopies: 1, from: 'replication' };
const snapshot = { artifact: inStore('a', 1, 2, 3), nodes, holders: live, isPromoted: false };

describe('decideTrim', () => {
  it('takes the copies beyond the target, from the fullest disks', () => {
    expect(decideTrim(snapshot, policy, START)).toMatchObject({
      action: 'trim',
      nodeIds: [nodeIdOf(2), nodeIdOf(3)],
      keepNodes: 1,
    });
  });

  it.each([
    ['no-target-written', {}, { from: 'built-in' }],
    ['not-in-store', { artifact: onNodes('a', 1, 2, 3) }, {}],
    ['pinned', { artifact: { ...snapshot.artifact, labels: { pinned: 'no' } } }, {}],
    ['promoted', { isPromoted: true }, {}],
    ['not-more-than-target', {}, { targetNodeCopies: 3 }],
    ['not-more-than-target', { holders: new Map<string, HolderState>([[nodeIdOf(1), 'ephemeral']]) }, {}],
    [
      'nobody-reachable',
      { nodes: new Map([...nodes].map(([id, node]) => [id, { ...node, heartbeatAt: at(-100) }])) },
      {},
    ],
  ])('keeps everything: %s', (reason, changes, policyChanges) => {
    expect(decideTrim({ ...snapshot, ...changes }, { ...policy, ...policyChanges }, START)).toMatchObject({
      action: 'keep',
      reason,
      nodeIds: [],
    });
  });
});
