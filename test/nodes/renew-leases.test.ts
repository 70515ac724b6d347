import { beforeEach, describe, expect, it } from 'vitest';
import { createMemoryNodeStore } from '../../lib/nodes/memory-node-store.ts';
import { renewLeases } from '../../lib/nodes/renew-leases.ts';
import { at, atText, makeHeartbeat, makeNode, NODE_ID } from './fixtures.ts';

const lease = { workId: 'w-000000000001', attempt: 1, leaseUntil: atText(300) };
const runs = (token: string, workId = lease.workId) => ({
  work: [{ token, workId, attempt: 1, startedAt: atText(0) }],
});

describe('renewLeases', () => {
  let nodes: ReturnType<typeof createMemoryNodeStore>;
  const node = makeNode({ lifecycle: 'active', heartbeat: makeHeartbeat(), leases: { 't-1': lease } });
  const untilAfter = async (seconds: number, heartbeat: Parameters<typeof renewLeases>[2]) => {
    await renewLeases(nodes, node, heartbeat, at(seconds));
    return (await nodes.get(NODE_ID))?.leases['t-1']?.leaseUntil;
  };

  beforeEach(async () => {
    nodes = createMemoryNodeStore();
    await nodes.create(node);
  });

  it.each([
    [30, atText(300)],
    [60, atText(300)],
    [61, atText(361)],
    [400, atText(700)],
  ])('%i s after the grant leaves it until %s [events#5-4]', async (seconds, until) => {
    expect(await untilAfter(seconds, runs('t-1'))).toBe(until);
  });

  it('renews nothing that does not run, nor for other work, nor what is not held', async () => {
    expect(await untilAfter(290, {})).toBe(atText(300));
    expect(await untilAfter(290, runs('t-2'))).toBe(atText(300));
    expect(await untilAfter(290, runs('t-1', 'w-000000000002'))).toBe(atText(300));
    expect(Object.keys((await nodes.get(NODE_ID))?.leases ?? {})).toEqual(['t-1']);
  });
});
