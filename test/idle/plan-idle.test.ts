import { describe, expect, it } from 'vitest';
import type { IdleConfig } from '../../lib/idle/idle-settings.ts';
import type { FleetView, IdleSubject } from '../../lib/idle/idle-snapshot.ts';
import { groupOf } from '../../lib/idle/idle-snapshot.ts';
import { emptyLedger } from '../../lib/idle/ledger.ts';
import { planIdle } from '../../lib/idle/plan-idle.ts';
import type { Node } from '../../lib/nodes/node.ts';
import { ago, idleNode, NOW } from '../cli/support/idle-fleet.ts';
import { makeInstance, makeRecord } from '../providers/fixtures.ts';

const enforce: IdleConfig = { mode: 'enforce', dailyTerminationMinimum: 100 };
const inventory = {
  inventoryAt: ago(60),
  digest: 'x',
  key: 'x',
  count: 0,
  bytes: 0,
  unclaimed: { count: 0, bytes: 0, sample: [] },
};
const subject = (index: number, changes: Partial<Node> = {}, price = 1_000_000): IdleSubject => ({
  node: idleNode(index, { inventory, ...changes }),
  record: makeRecord(String(index), {
    instance: makeInstance(String(index), { chargeMicroUsdPerHour: price }),
  }),
  pendingWork: 0,
});
const idleFor = (index: number, seconds: number, price?: number): IdleSubject => {
  const { node } = subject(index);
  return subject(
    index,
    { idleClock: node.idleClock && { ...node.idleClock, idleSince: ago(seconds + 10) } },
    price,
  );
};
const viewOf = (subjects: readonly IdleSubject[], changes: Partial<FleetView> = {}): FleetView => {
  const kept = new Map<string, number>();
  for (const one of subjects) kept.set(groupOf(one), (kept.get(groupOf(one)) ?? 0) + 1);
  return {
    holds: [],
    brake: 'off',
    state: { provider: 'vast', attemptedAt: ago(20), listedAt: ago(20), listingNumber: 1, revision: 1 },
    kept,
    size: subjects.length,
    ledger: emptyLedger,
    ...changes,
  };
};
const plan = (subjects: readonly IdleSubject[], idle = enforce, changes: Partial<FleetView> = {}) => {
  const view = viewOf(subjects, changes);
  return planIdle(subjects, { real: view, shadow: view }, idle, NOW).map(
    ({ node, action, reason, at, heldBy }) => ({ id: node.instanceId, action, reason, at, heldBy }),
  );
};

describe('planIdle', () => {
  it('takes the most expensive first, and the others after the gap', () => {
    expect(plan([subject(1, {}, 200_000), subject(2, {}, 900_000), subject(3, {}, 500_000)])).toEqual([
      { id: '2', action: 'now', reason: 'idle', at: ago(0) },
      { id: '3', action: 'later', reason: 'termination-gap', at: ago(-300) },
      { id: '1', action: 'later', reason: 'termination-gap', at: ago(-600) },
    ]);
  });

  it('says when a node that only lacks idle time begins to drain', () => {
    expect(plan([idleFor(1, 1500)])).toEqual([
      { id: '1', action: 'later', reason: 'idle-too-short', at: ago(-300) },
    ]);
  });

  it('says when, also beyond the hour', () => {
    const [planned] = plan([idleFor(1, 100)], { ...enforce, idleThresholdSeconds: 7200 });
    expect(planned).toMatchObject({ action: 'keep', reason: 'idle-too-short', at: ago(110 - 7200) });
  });

  it('keeps what retention keeps, although its own time comes', () => {
    expect(plan([subject(1), idleFor(2, 1500, 900_000)], { ...enforce, retain: 1 })).toEqual([
      { id: '1', action: 'now', reason: 'idle', at: ago(0) },
      { id: '2', action: 'keep', reason: 'idle-too-short', heldBy: 'retention' },
    ]);
  });

  it('stops at the cap of the day', () => {
    const planned = plan([subject(1), subject(2), subject(3)], { mode: 'enforce' });
    expect(planned.map(({ action }) => action)).toEqual(['now', 'later', 'keep']);
    expect(planned[2]?.heldBy).toBe('daily-cap');
  });

  it('starts when a hold ends', () => {
    const hold = { holdId: 'h-1', kind: 'freeze', scope: 'fleet', reason: 'x', setBy: 'me' } as const;
    const holds = [{ ...hold, setAt: ago(10), expiresAt: ago(-600) }];
    expect(plan([subject(1)], enforce, { holds })).toMatchObject([
      { action: 'later', reason: 'frozen', at: ago(-600) },
    ]);
  });

  it('promises no time for what a person or the world has to change', () => {
    const { heartbeat } = idleNode(1);
    const busy = subject(1, { heartbeat: heartbeat && { ...heartbeat, sshSessions: 2 } });
    expect(plan([busy])).toEqual([
      { id: '1', action: 'keep', reason: 'ssh-session', heldBy: 'ssh-session', at: undefined },
    ]);
    expect(plan([subject(1, { heartbeatAt: ago(100) })])).toMatchObject([
      { action: 'keep', reason: 'heartbeat-stale', at: undefined },
    ]);
  });
});
