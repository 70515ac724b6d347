import type { Heartbeat } from '../../lib/nodes/heartbeat.ts';
import { type Node, nodeSchema } from '../../lib/nodes/node.ts';
import { addSeconds, type Clock } from '../../lib/time.ts';

const START = new Date('2026-01-31T12:00:00.000Z');
const at = (seconds: number): Date => addSeconds(START, seconds);
const atText = (seconds: number): string => at(seconds).toISOString();

/** A clock that stands until it is moved. */
const createTestClock = (): Clock & { advance(seconds: number): void } => {
  let now = START;
  return {
    now: () => now,
    advance: (seconds) => {
      now = addSeconds(now, seconds);
    },
  };
};

const makeHeartbeat = (overrides: Partial<Heartbeat> = {}): Heartbeat => ({
  agentVersion: '0.1.0',
  uptimeSeconds: 100,
  mode: 'active',
  slots: { total: 1, free: 1 },
  runningCommandIds: [],
  activeTransfers: 0,
  ...overrides,
});

const NODE_ID = 'n-00000000000a';

const makeNode = (overrides: Partial<Node> = {}): Node =>
  nodeSchema.parse({
    nodeId: NODE_ID,
    provider: 'vast',
    instanceId: '1001',
    capabilities: {},
    lifecycle: 'pending',
    enrolledAt: atText(0),
    bootId: 'boot-1',
    queueName: `drover-test-node-${NODE_ID}`,
    revision: 0,
    ...overrides,
  });

export { at, atText, createTestClock, makeHeartbeat, makeNode, NODE_ID, START };
