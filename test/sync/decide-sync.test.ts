import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { decideSync, type SyncNodePolicy, type SyncTrigger } from '../../lib/sync/decide-sync.ts';
import { makeNode, nodeIdOf, START } from '../distribution/fixtures.ts';

const hybrid: SyncNodePolicy = { strategy: 'hybrid', dailyEgressBytes: undefined };
const ephemeral: SyncNodePolicy = { ...hybrid, strategy: 'ephemeral' };
const budget: SyncNodePolicy = { ...hybrid, dailyEgressBytes: 1000 };
const idle = { egressBytes: 0 };
const produced = (urgent = false, nodeId = nodeIdOf(1)): SyncTrigger => ({
  type: 'data-produced',
  nodeId,
  urgent,
});
const requested = (changes: Partial<Extract<SyncTrigger, { type: 'requested' }>> = {}): SyncTrigger => ({
  type: 'requested',
  targets: undefined,
  exclude: [],
  isCritical: false,
  ...changes,
});
const decide = (trigger: SyncTrigger, policy = hybrid, fleet = idle, node = makeNode(1)) =>
  decideSync(trigger, node, fleet, policy, START);
const holding = (unflushedBytes: number | undefined) => {
  const { heartbeat, ...node } = makeNode(1);
  if (heartbeat === undefined) throw new Error('the fixture beats');
  const { unflushedBytes: _before, ...rest } = heartbeat;
  return { ...node, heartbeat: { ...rest, ...(unflushedBytes === undefined ? {} : { unflushedBytes }) } };
};

describe('decideSync', () => {
  it.each([
    [
      'a node that can vanish flushes what it made',
      produced(),
      ephemeral,
      idle,
      'flush',
      'ephemeral-producer',
    ],
    ['another batches it', produced(), hybrid, idle, 'none', 'flushes-in-batches'],
    ['unless it is urgent', produced(true), hybrid, idle, 'flush', 'urgent'],
    [
      'others have nothing to do with it',
      produced(true, nodeIdOf(2)),
      ephemeral,
      idle,
      'none',
      'not-concerned',
    ],
    [
      'who trains receives',
      { type: 'training-started', nodeId: nodeIdOf(1) },
      hybrid,
      idle,
      'receive',
      'trains',
    ],
    [
      'who does not, does not',
      { type: 'training-started', nodeId: nodeIdOf(2) },
      hybrid,
      idle,
      'none',
      'not-concerned',
    ],
    ['a request without targets is for every node', requested(), hybrid, idle, 'receive', 'every-node'],
    [
      'a request names its targets',
      requested({ targets: [nodeIdOf(1)] }),
      hybrid,
      idle,
      'receive',
      'named-target',
    ],
    ['and no others', requested({ targets: [nodeIdOf(2)] }), hybrid, idle, 'none', 'not-concerned'],
    [
      'an exclusion is of one request',
      requested({ exclude: [nodeIdOf(1)] }),
      hybrid,
      idle,
      'none',
      'excluded-here',
    ],
    ['a day below its budget', requested(), budget, { egressBytes: 999 }, 'receive', 'every-node'],
    ['a day at its budget', requested(), budget, { egressBytes: 1000 }, 'hold', 'egress-budget'],
    [
      'what is critical goes',
      requested({ isCritical: true }),
      budget,
      { egressBytes: 1000 },
      'receive',
      'every-node',
    ],
    [
      'a training that is paid for goes',
      { type: 'training-started', nodeId: nodeIdOf(1) },
      budget,
      { egressBytes: 1000 },
      'receive',
      'trains',
    ],
  ] as const)('%s', (_name, trigger, policy, fleet, action, reason) => {
    expect(decide(trigger, policy, fleet)).toMatchObject({ action, reason });
  });

  it.each([
    ['nothing', 0, 'none', 'holds-nothing-back'],
    ['a byte', 1, 'flush', 'holds-data-back'],
    ['nobody knows what', undefined, 'flush', 'holds-data-back'],
  ] as const)('asks a node that holds back %s, when data is stale', (_name, bytes, action, reason) => {
    expect(decide({ type: 'data-stale' }, hybrid, idle, holding(bytes))).toMatchObject({ action, reason });
  });

  it('lets a node send that may receive nothing: excluded, or with a full disk [sync#13-2]', () => {
    const excluded = makeNode(1, {
      excludedUntil: '2099-01-01T00:00:00.000Z',
      excludedReason: 'three failures',
      disk: { totalBytes: 100, freeBytes: 1, usedPercent: 99 },
    });
    expect(decide(produced(true), hybrid, idle, excluded).action).toBe('flush');
    expect(decide(produced(), ephemeral, idle, excluded).action).toBe('flush');
  });

  it.each([
    ['revoked', { revokedAt: START.toISOString() }],
    ['not-active', { lifecycle: 'draining' }],
    ['silent', { heartbeatAt: new Date(START.getTime() - 300_001).toISOString() }],
  ] as const)('tells nothing to a node that is %s', (reason, changes) => {
    expect(decide(produced(true), ephemeral, idle, makeNode(1, changes))).toMatchObject({
      action: 'none',
      reason,
    });
  });

  it('is the same however busy the node is: load never throttles a sync [sync#13-23] [sync#L6]', () => {
    const load = fc.record({
      cpuPercent: fc.integer({ min: 0, max: 100 }),
      activeTransfers: fc.nat(100),
      failedTransfers: fc.nat(100),
      slots: fc.constant({ total: 4, free: 0 }),
      mode: fc.constantFrom('active' as const, 'draining' as const),
    });
    const trigger = fc.constantFrom<SyncTrigger>(
      produced(),
      produced(true),
      { type: 'training-started', nodeId: nodeIdOf(1) },
      requested(),
      requested({ targets: [nodeIdOf(1)] }),
    );
    fc.assert(
      fc.property(load, trigger, fc.constantFrom(hybrid, ephemeral), (busy, event, policy) => {
        const node = holding(5);
        const loaded = { ...node, heartbeat: { ...node.heartbeat, ...busy } };
        expect(decide(event, policy, idle, loaded)).toEqual(decide(event, policy, idle, node));
      }),
    );
  });
});
