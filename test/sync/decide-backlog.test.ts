import { describe, expect, it } from 'vitest';
import type { Node } from '../../lib/nodes/node.ts';
import { decideBacklog } from '../../lib/sync/decide-backlog.ts';
import { addSeconds, toTimestamp } from '../../lib/time.ts';
import { makeNode, type NodeChanges, nodeIdOf, START } from '../distribution/fixtures.ts';

/** A node that beat `beatAgo` seconds before and said how long its oldest file waits. */
const waiting = (oldestPutSeconds: number | undefined, beatAgo = 0, changes: NodeChanges = {}): Node => {
  const node = makeNode(1, changes);
  if (node.heartbeat === undefined) throw new Error('the node has no heartbeat');
  const { oldestPutSeconds: _none, ...heartbeat } = node.heartbeat;
  return {
    ...node,
    heartbeat: { ...heartbeat, ...(oldestPutSeconds === undefined ? {} : { oldestPutSeconds }) },
    heartbeatAt: toTimestamp(addSeconds(START, -beatAgo)),
  };
};
const ephemeral = { capabilities: { ephemeral: true } };
const overdue = (node: Node, config = {}) => decideBacklog([node], config, START)[0]?.overdueSeconds;

describe('decideBacklog', () => {
  it.each<[string, Node, object, number | undefined]>([
    ['a node where nothing waits', waiting(undefined), {}, undefined],
    ['a batch that is not due', waiting(60), {}, undefined],
    ['a batch that is late', waiting(61), {}, 1],
    ['an ephemeral node, which may let nothing wait', waiting(1, 0, ephemeral), {}, 1],
    ['batches that may be slower', waiting(961), { batchSeconds: 3600 }, undefined],
    ['a strategy that was set', waiting(10), { strategy: 'ephemeral' }, 10],
    ['a node that went silent with its data', waiting(60, 900), {}, 900],
    ['one that drains', waiting(70, 0, { lifecycle: 'draining' }), {}, 10],
    ['one that ended', waiting(5000, 0, { lifecycle: 'terminated' }), {}, undefined],
  ])('%s [sync#L15]', (_name, node, config, seconds) => {
    expect(overdue(node, config)).toBe(seconds);
  });

  it('names the worst first', () => {
    const other = { ...waiting(500), nodeId: nodeIdOf(2) };
    expect(decideBacklog([waiting(100), other], {}, START)).toEqual([
      { nodeId: nodeIdOf(2), overdueSeconds: 440 },
      { nodeId: nodeIdOf(1), overdueSeconds: 40 },
    ]);
  });
});
