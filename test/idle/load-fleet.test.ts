import { beforeEach, describe, expect, it } from 'vitest';
import { createMemoryHoldStore } from '../../lib/holds/memory-hold-store.ts';
import { withSlot, withTermination } from '../../lib/idle/ledger.ts';
import type { LedgerStore } from '../../lib/idle/ledger-store.ts';
import { loadView } from '../../lib/idle/load-fleet.ts';
import { createMemoryLedgerStore } from '../../lib/idle/memory-ledger-store.ts';
import type { Node } from '../../lib/nodes/node.ts';
import { createMemoryProviderStateStore } from '../../lib/providers/memory-provider-state-store.ts';
import { makeInstance, makeRecord } from '../providers/fixtures.ts';
import { ago, idleNode, NOW, slotOf } from './fixtures.ts';

/** Nodes `n-…1`, `n-…2` and so on, each with an H100 of its own instance. */
const fleetOf = (...changes: Partial<Node>[]) => {
  const nodes = changes.map((change, index) =>
    idleNode({ nodeId: `n-00000000000${index + 1}`, instanceId: `${index + 1}`, ...change }),
  );
  const records = new Map(
    nodes.map(({ instanceId }) => [
      instanceId,
      makeRecord(instanceId, { instance: makeInstance(instanceId, { gpuType: 'H100' }) }),
    ]),
  );
  return { nodes, records };
};

let ledgers: LedgerStore;
const warnings: string[] = [];
const portsWith = (changes: Partial<Parameters<typeof loadView>[0]> = {}) => ({
  provider: { key: 'vast' as const },
  holds: createMemoryHoldStore(),
  states: createMemoryProviderStateStore(),
  brakeState: async () => 'off' as const,
  ledgers,
  warn: (message: string) => {
    warnings.push(message);
  },
  ...changes,
});

beforeEach(() => {
  ledgers = createMemoryLedgerStore();
  warnings.length = 0;
});

describe('loadView', () => {
  it('counts what stays by role and GPU type [health-and-idle#12-14]', async () => {
    const fleet = fleetOf({}, {}, { role: 'trainer' });
    fleet.records.set('2', makeRecord('2', { instance: makeInstance('2', { gpuType: 'A100' }) }));
    const { kept, size } = await loadView(portsWith(), fleet, 'real', NOW);
    expect(Object.fromEntries(kept)).toEqual({ 'worker#H100': 1, 'worker#A100': 1, 'trainer#H100': 1 });
    expect(size).toBe(3);
  });

  it.each<[string, Partial<Node>]>([
    ['drains', { lifecycle: 'draining' }],
    ['is terminating', { lifecycle: 'terminating' }],
    ['is silent', { heartbeatAt: ago(90) }],
    ['lost its trust', { revokedAt: ago(5) }],
  ])('counts on no node that %s', async (_title, change) => {
    const { kept } = await loadView(portsWith(), fleetOf({}, change), 'real', NOW);
    expect(kept.get('worker#H100')).toBe(1);
  });

  it('counts on no node that a pending drain or a termination of another run takes [health-and-idle#13-7]', async () => {
    const taken = withSlot(await ledgers.get('vast', 'real'), 'dr-1', slotOf(5, 'n-000000000001'), NOW);
    await ledgers.put('vast', 'real', withTermination(taken, 'dr-2', 'n-000000000002', NOW));
    const { kept } = await loadView(portsWith(), fleetOf({}, {}, {}), 'real', NOW);
    expect(kept.get('worker#H100')).toBe(1);
  });

  it('counts those that ended in the last day as part of the provider, for the cap', async () => {
    const ledger = await ledgers.get('vast', 'real');
    await ledgers.put('vast', 'real', withTermination(ledger, 'dr-9', 'n-00000000000f', NOW));
    expect((await loadView(portsWith(), fleetOf({}), 'real', NOW)).size).toBe(2);
  });

  it('says what it cannot read, and never takes it for empty or off [events#6-9]', async () => {
    const broken = async () => {
      throw new Error('throttled');
    };
    const view = await loadView(
      portsWith({ holds: { listLive: broken }, states: { get: broken }, brakeState: broken }),
      fleetOf({}),
      'real',
      NOW,
    );
    expect(view).toMatchObject({ holds: undefined, brake: 'unknown', state: undefined });
    expect(warnings).toHaveLength(3);
    await expect(loadView(portsWith({ ledgers: { get: broken } }), fleetOf({}), 'real', NOW)).rejects.toThrow(
      'throttled',
    );
  });
});
