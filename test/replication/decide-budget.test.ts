import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { decideBudget, withoutEnded } from '../../lib/replication/decide-budget.ts';
import { createMemoryReplicationStore } from '../../lib/replication/memory-replication-store.ts';
import type { RepairLedger } from '../../lib/replication/repair-ledger.ts';
import { beginRepairs, endRepairs } from '../../lib/replication/use-budget.ts';
import { addSeconds } from '../../lib/time.ts';
import { START } from '../distribution/fixtures.ts';
import { at, makeRunning } from './fixtures.ts';

const policy = { repairsPerHour: 500, repairsPerNode: 5 };
const many = (count: number, from = 0) =>
  Array.from({ length: count }, (_, index) => makeRunning(from + index, from + index));

describe('decideBudget', () => {
  it('lets a fifth of the hour begin at once, the rest as it is refilled', () => {
    const { granted, refused, next } = decideBudget(undefined, many(150), policy, START);
    expect(granted).toHaveLength(100);
    expect(new Set(refused.map(({ reason }) => reason))).toEqual(new Set(['budget-used-up']));

    const ledger = { ...next, running: {}, revision: 1 };
    // 400 an hour are one in 9 s.
    expect(decideBudget(ledger, many(5), policy, addSeconds(START, 8.9)).granted).toHaveLength(0);
    expect(decideBudget(ledger, many(5), policy, addSeconds(START, 9.1)).granted).toHaveLength(1);
    expect(decideBudget(ledger, many(5), policy, addSeconds(START, 27.1)).granted).toHaveLength(3);
  });

  it('gives a node its sixth repair only when one of the five has ended', () => {
    const six = Array.from({ length: 6 }, (_, index) => makeRunning(index, 1));
    const { granted, refused, next } = decideBudget(undefined, six, policy, START);
    expect(granted).toHaveLength(5);
    expect(refused).toMatchObject([{ reason: 'node-busy' }]);
    const freed = withoutEnded({ ...next, revision: 1 }, [{ repairId: 'r-0', how: 'failed' }], START);
    expect(decideBudget({ ...freed, revision: 2 }, six.slice(5), policy, START).granted).toHaveLength(1);
  });

  it('begins the same repair once', () => {
    const [one] = many(1);
    if (one === undefined) throw new Error('no repair');
    const { next } = decideBudget(undefined, [one], policy, START);
    expect(decideBudget({ ...next, revision: 1 }, [one], policy, START).refused).toMatchObject([
      { reason: 'already-running' },
    ]);
  });

  it('refills nothing when the clock goes back', () => {
    const { next } = decideBudget(undefined, many(100), policy, START);
    const back = decideBudget({ ...next, revision: 1 }, many(1, 500), policy, addSeconds(START, -3600));
    expect(back.granted).toHaveLength(0);
    const again = { ...back.next, revision: 2 };
    expect(decideBudget(again, many(1, 500), policy, START).granted).toHaveLength(0);
  });

  it('begins at most the budget in any 60 minutes, whenever they are asked for', () => {
    const step = fc.record({
      wait: fc.integer({ min: 0, max: 2000 }),
      count: fc.integer({ min: 0, max: 300 }),
    });
    fc.assert(
      fc.property(fc.array(step, { maxLength: 60 }), (steps) => {
        let ledger: RepairLedger | undefined;
        let now = START;
        let made = 0;
        const begun: number[] = [];
        for (const { wait, count } of steps) {
          now = addSeconds(now, wait);
          const { granted, next } = decideBudget(ledger, many(count, made), policy, now);
          made += count;
          begun.push(...granted.map(() => now.getTime()));
          ledger = { ...next, running: {}, revision: 1 };
        }
        return begun.every(
          (from) => begun.filter((time) => time >= from && time < from + 3_600_000).length <= 500,
        );
      }),
      { numRuns: 60 },
    );
  });

  it('counts how repairs ended by the hour, and keeps two hours', () => {
    const { next } = decideBudget(undefined, many(4), policy, START);
    const first = withoutEnded(
      { ...next, revision: 1 },
      [
        { repairId: 'r-0', how: 'succeeded' },
        { repairId: 'r-1', how: 'failed' },
        { repairId: 'r-2', how: 'cancelled' },
        { repairId: 'gone', how: 'failed' },
      ],
      START,
    );
    expect(first.outcomes).toEqual([{ hour: '2026-03-01T12', succeeded: 1, failed: 1 }]);
    expect(Object.keys(first.running)).toEqual(['r-3']);
    const later = withoutEnded(
      { ...first, revision: 2 },
      [{ repairId: 'r-3', how: 'succeeded' }],
      addSeconds(START, 7200),
    );
    expect(later.outcomes.map(({ hour }) => hour)).toEqual(['2026-03-01T12', '2026-03-01T14']);
  });
});

describe('the ledger of repairs', () => {
  it('frees a place once, however often it is told', async () => {
    const store = createMemoryReplicationStore();
    await beginRepairs(store, many(2), policy, START);
    await endRepairs(store, [{ repairId: 'r-0', how: 'succeeded' }], START);
    await endRepairs(store, [{ repairId: 'r-0', how: 'succeeded' }], START);
    expect(await store.ledger()).toMatchObject({
      outcomes: [{ succeeded: 1, failed: 0 }],
      running: { 'r-1': { startedAt: at(0) } },
    });
  });
});
