import { describe, expect, it } from 'vitest';
import { decideWriteOff } from '../../lib/replication/decide-write-off.ts';
import { repairPolicyOf } from '../../lib/replication/replication-policy.ts';
import { addSeconds } from '../../lib/time.ts';
import { START } from '../distribution/fixtures.ts';
import { at, makeHolder } from './fixtures.ts';

const policy = repairPolicyOf({});
const calm = { brake: 'off', pausedBy: undefined } as const;
const inventory = { inventoryAt: at(0), digest: 'd', key: 'k', count: 1, bytes: 1 };

describe('decideWriteOff', () => {
  it.each([
    [600, 0, 'copies-live'],
    [601, 0, 'node-silent'],
  ])('believes a node silent for %i s', (seconds, _unused, reason) => {
    expect(decideWriteOff(makeHolder(1), calm, policy, addSeconds(START, seconds)).reason).toBe(reason);
  });

  it.each([
    [1260, 'copies-live'],
    [1261, 'inventory-not-renewed'],
  ])(
    'ends the lease of a beating node whose last inventory is %i s old, which is two missing',
    (seconds, reason) => {
      const node = makeHolder(1, { heartbeatAt: at(seconds) });
      expect(decideWriteOff(node, calm, policy, addSeconds(START, seconds)).reason).toBe(reason);
    },
  );

  it.each(['terminated', 'lost'] as const)('writes a node off at once that is %s', (lifecycle) => {
    expect(decideWriteOff(makeHolder(1, { lifecycle }), calm, policy, START)).toEqual({
      action: 'write-off',
      reason: 'node-ended',
    });
  });

  it('writes a revoked node off', () => {
    expect(decideWriteOff(makeHolder(1, { revokedAt: at(0) }), calm, policy, START).action).toBe('write-off');
  });

  it.each([
    [{ ...calm, brake: 'on' }, 'brake-on'],
    [{ ...calm, brake: 'unknown' }, 'brake-unknown'],
    [{ ...calm, pausedBy: 'op' }, 'paused'],
  ] as const)('keeps what cannot be believed: %o', (situation, reason) => {
    const node = makeHolder(1, { lifecycle: 'lost' });
    expect(decideWriteOff(node, situation, policy, START)).toEqual({ action: 'keep', reason });
  });

  it('does it once, and again after a crash', () => {
    const ended = (writeOff: 'begun' | 'done') =>
      makeHolder(1, { lifecycle: 'lost', inventory: { ...inventory, writeOff } });
    expect(decideWriteOff(ended('begun'), calm, policy, START).action).toBe('write-off');
    expect(decideWriteOff(ended('done'), calm, policy, START).reason).toBe('written-off-already');
  });

  it('gives a node that enrolled just now the time to list', () => {
    const young = makeHolder(1, { inventory: undefined, heartbeatAt: at(600) });
    expect(decideWriteOff(young, calm, policy, addSeconds(START, 600)).reason).toBe('copies-live');
  });
});
