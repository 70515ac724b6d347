import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { createMemoryAuditStore } from '../../lib/audit/memory-audit-store.ts';
import { createMemoryPublisher } from '../../lib/events/memory-publisher.ts';
import { createMemoryNodeStore } from '../../lib/nodes/memory-node-store.ts';
import { costReport } from '../../lib/providers/cost-report.ts';
import type { Instance } from '../../lib/providers/instance.ts';
import { createMemoryInstanceStore } from '../../lib/providers/memory-instance-store.ts';
import { createMemoryProviderStateStore } from '../../lib/providers/memory-provider-state-store.ts';
import {
  amountBetween,
  meteredAt,
  openMeter,
  splitByMonth,
  toMicroUsd,
  turnMeter,
} from '../../lib/providers/meter.ts';
import { RECONCILE_POLICY } from '../../lib/providers/reconcile-policy.ts';
import { reconcileProvider } from '../../lib/providers/reconcile-provider.ts';
import { addSeconds } from '../../lib/time.ts';
import { at, atText, createTestClock, makeNode } from '../nodes/fixtures.ts';
import { makeInstance, makeRecord } from './fixtures.ts';

const owner = { provider: 'vast', instanceId: '1' };

describe('the meter', () => {
  it.each([
    [3_580_000, 3600, 3_580_000],
    [1, 3600, 1],
    [4_290_000, 1, 1192],
    [12_444, 86_400, 298_656],
  ])('makes of %i micro-dollars per hour in %i s: %i', (microUsdPerHour, seconds, expected) => {
    const amount = amountBetween({ microUsdPerHour }, atText(0), atText(seconds), atText(0), atText(seconds));
    expect(toMicroUsd(amount)).toBe(expected);
  });

  it('loses nothing by however many turns, over days and months', () => {
    fc.assert(
      fc.property(
        fc.array(fc.tuple(fc.nat(9_999_999), fc.integer({ min: 1, max: 3 * 86_400 })), {
          minLength: 1,
          maxLength: 30,
        }),
        (steps) => {
          let meter = openMeter({ microUsdPerHour: 0 }, atText(0));
          let seconds = 0;
          let expected = 0n;
          const pieces = [];
          for (const [microUsdPerHour, duration] of steps) {
            const started = turnMeter(meter, owner, { microUsdPerHour }, atText(seconds));
            seconds += duration;
            expected += BigInt(microUsdPerHour) * BigInt(duration) * 1000n;
            pieces.push(...(started.segment === undefined ? [] : splitByMonth(started.segment)));
            meter = started.meter;
          }
          const ended = turnMeter(meter, owner, { microUsdPerHour: 0 }, atText(seconds));
          pieces.push(...(ended.segment === undefined ? [] : splitByMonth(ended.segment)));
          const sum = pieces.reduce(
            (total, { charge, startAt, endAt }) =>
              total + amountBetween(charge, startAt, endAt, startAt, endAt),
            0n,
          );
          expect(sum).toBe(expected);
          const month = pieces
            .filter(({ startAt }) => startAt.slice(0, 7) === atText(seconds).slice(0, 7))
            .reduce(
              (total, { charge, startAt, endAt }) =>
                total + amountBetween(charge, startAt, endAt, startAt, endAt),
              0n,
            );
          expect(meteredAt(ended.meter, atText(seconds)).month).toBe(month);
        },
      ),
    );
  });
});

describe('costReport', () => {
  it('groups by role and node, and names what no node used', () => {
    const charge = { microUsdPerHour: 1_000_000, nodeId: 'n-000000000001', role: 'selfplay' };
    const records = [makeRecord('1', { meter: openMeter(charge, atText(0)) }), makeRecord('2')];
    const byRole = costReport(records, [], 'role', at(0), at(7200));
    expect(byRole.rows.map(({ group, microUsd }) => [group, microUsd])).toEqual([
      ['selfplay', 2_000_000],
      ['(no node)', 720_000],
    ]);
    expect(byRole.totalMicroUsd).toBe(2_720_000);
    expect(costReport(records, [], 'node', at(3600), at(7200)).rows[0]).toEqual({
      group: 'n-000000000001',
      microUsd: 1_000_000,
      microUsdPerHour: 1_000_000,
      unpricedHours: 0,
    });
  });

  it('counts the hours of an unknown price, and never takes them for free', () => {
    const records = [makeRecord('1', { meter: openMeter({}, atText(0)) })];
    expect(costReport(records, [], 'provider', at(0), at(5400)).rows).toMatchObject([
      { group: 'vast', microUsd: 0, unpricedHours: 1.5 },
    ]);
  });

  it('counts a stretch once that a crashed cycle wrote before it turned the meter', () => {
    const meter = openMeter({ microUsdPerHour: 3_600_000 }, atText(0));
    const orphan = { ...owner, startAt: atText(0), endAt: atText(60), charge: meter.charge };
    expect(costReport([makeRecord('1', { meter })], [orphan], 'provider', at(0), at(120)).totalMicroUsd).toBe(
      120_000,
    );
  });
});

/** The provider's own bill: each instance from its creation to its end, at what it charged. */
const DAY_MINUTES = 1440;

describe('the spend of a scripted day', () => {
  it('equals the bill of the provider to the cent, by provider, role and node', async () => {
    const clock = createTestClock();
    const start = clock.now();
    const nodes = createMemoryNodeStore();
    const instances = createMemoryInstanceStore();
    const states = createMemoryProviderStateStore();
    await nodes.create(makeNode({ instanceId: 'a', lifecycle: 'active', role: 'trainer' }));
    const running = (id: string, dollars: number, changes: Partial<Instance> = {}) =>
      makeInstance(id, { chargeMicroUsdPerHour: Math.round(dollars * 1_000_000), ...changes });
    /** What is listed in each minute: a all day, b stopped at noon, c from minute 100 to 1000. */
    const listedAt = (minute: number): Instance[] => [
      running('a', 3.58),
      minute < 720
        ? running('b', 0.832444)
        : running('b', 0.012444, { status: 'stopped', rawStatus: 'stopped' }),
      ...(minute >= 100 && minute < 1000
        ? [running('c', 22.32, { createdAt: addSeconds(start, 100 * 60 - 30).toISOString() })]
        : []),
    ];
    for (let minute = 0; minute <= DAY_MINUTES; minute += 1) {
      await reconcileProvider(
        {
          provider: { key: 'vast', listInstances: async () => listedAt(minute) },
          nodes,
          instances,
          states,
          publisher: createMemoryPublisher('drover'),
          audit: createMemoryAuditStore(),
          clock,
          actor: 'test',
        },
        RECONCILE_POLICY,
      );
      if (minute < DAY_MINUTES) clock.advance(60);
    }
    const records = await instances.list('vast');
    const segments = await instances.listSegments('vast', start, clock.now());
    const report = (by: 'provider' | 'role' | 'node') =>
      costReport(records, segments, by, start, clock.now());
    const bill = 24 * 3.58 + 12 * 0.832444 + 12 * 0.012444 + (900 * 60 + 30) * (22.32 / 3600);
    expect(report('provider').totalMicroUsd / 1_000_000).toBeCloseTo(bill, 4);
    expect(report('role').rows.find(({ group }) => group === 'trainer')?.microUsd).toBe(24 * 3_580_000);
    expect(report('node').totalMicroUsd).toBe(report('provider').totalMicroUsd);
    const spend = (await states.get('vast'))?.spend;
    expect(spend?.monthMicroUsd).toBeLessThan(report('provider').totalMicroUsd);
    expect(spend?.microUsdPerHour).toBe(3_592_444);
  });
});
