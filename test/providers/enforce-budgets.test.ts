import { describe, expect, it } from 'vitest';
import { createMemoryAuditStore } from '../../lib/audit/memory-audit-store.ts';
import { createMemoryPublisher } from '../../lib/events/memory-publisher.ts';
import { createHoldGate } from '../../lib/holds/hold-gate.ts';
import { createMemoryHoldStore } from '../../lib/holds/memory-hold-store.ts';
import type { Provider } from '../../lib/nodes/node.ts';
import { decideBudget } from '../../lib/providers/decide-budget.ts';
import { enforceBudgets } from '../../lib/providers/enforce-budgets.ts';
import { createMemoryBudgetStore } from '../../lib/providers/memory-budget-store.ts';
import { createMemoryProviderStateStore } from '../../lib/providers/memory-provider-state-store.ts';
import { createTestClock } from '../nodes/fixtures.ts';

const DOLLAR = 1_000_000;

const prepare = async () => {
  const clock = createTestClock();
  const budgets = createMemoryBudgetStore();
  const states = createMemoryProviderStateStore();
  const holds = createMemoryHoldStore();
  const publisher = createMemoryPublisher('drover');
  const ports = { budgets, states, holds, publisher, audit: createMemoryAuditStore(), clock, actor: 'test' };
  const spend = async (provider: Provider, day: number, month = day) => {
    const known = await states.get(provider);
    const at = clock.now().toISOString();
    await states.put(
      {
        provider,
        attemptedAt: at,
        listingNumber: 1,
        spend: {
          asOf: at,
          microUsdPerHour: 0,
          dayMicroUsd: day * DOLLAR,
          monthMicroUsd: month * DOLLAR,
          unpricedCount: 0,
        },
      },
      known?.revision,
    );
    await enforceBudgets(ports);
  };
  const levels = () =>
    publisher.published.map((event) => event.name === 'BudgetReached' && event.fields['level']);
  const kinds = async () => (await holds.listLive(clock.now())).map(({ kind }) => kind);
  const gate = createHoldGate({ holds, clock, warn: () => {} });
  return { clock, budgets, holds, spend, levels, kinds, gate };
};

describe('decideBudget', () => {
  it.each([
    [79, undefined, 'within'],
    [80, undefined, 'warn'],
    [100, undefined, 'pause'],
    [120, undefined, 'stop'],
    [99, 'warn', 'said-already'],
    [100, 'warn', 'pause'],
    [119, 'pause', 'said-already'],
    [500, 'stop', 'said-already'],
  ] as const)('at %i %% with %s reached: %s', (spentMicroUsd, level, reason) => {
    const period = { period: '2026-01-31', limitMicroUsd: 100, spentMicroUsd, endsAt: '' };
    expect(decideBudget(period, level && { level, revision: 1 }).reason).toBe(reason);
  });
});

describe('enforceBudgets', () => {
  it('warns, then pauses, then stops, each once, over all providers together', async () => {
    const { budgets, spend, levels, kinds, gate } = await prepare();
    await budgets.put({ scope: 'fleet', dayMicroUsd: 50 * DOLLAR }, undefined);
    await spend('vast', 20);
    expect(levels()).toEqual([]);
    await spend('runpod', 20);
    await spend('runpod', 21);
    expect([levels(), await kinds()]).toEqual([['warn'], []]);
    await spend('runpod', 30);
    expect([levels(), await kinds()]).toEqual([['warn', 'pause'], ['pause']]);
    expect((await gate.mayStartWork(['fleet'])).action).toBe('hold');
    expect((await gate.leaseBrakes()).isHeld(['fleet'])).toBe(false);
    await spend('runpod', 40);
    await spend('runpod', 400);
    expect([levels(), await kinds()]).toEqual([
      ['warn', 'pause', 'stop'],
      ['pause', 'stop'],
    ]);
    expect((await gate.leaseBrakes()).isHeld(['fleet'])).toBe(true);
    expect((await gate.mayDestroy(['fleet'])).action).toBe('go');
  });

  it('ends with the day, and begins anew with the next', async () => {
    const { budgets, spend, levels, kinds, clock } = await prepare();
    await budgets.put({ scope: 'provider:vast', dayMicroUsd: 10 * DOLLAR }, undefined);
    await spend('runpod', 1000);
    expect(levels()).toEqual([]);
    await spend('vast', 11);
    expect(await kinds()).toEqual(['pause']);
    clock.advance(12 * 3600);
    expect(await kinds()).toEqual([]);
    await spend('vast', 1);
    expect(levels()).toEqual(['pause']);
    await spend('vast', 11);
    expect(levels()).toEqual(['pause', 'pause']);
  });

  it('does not overrule a person who released the hold', async () => {
    const { budgets, spend, kinds, holds, clock } = await prepare();
    await budgets.put({ scope: 'fleet', monthMicroUsd: 10 * DOLLAR }, undefined);
    await spend('vast', 1, 11);
    const [hold] = await holds.listLive(clock.now());
    await holds.release(hold?.holdId ?? '');
    await spend('vast', 1, 11.5);
    expect(await kinds()).toEqual([]);
  });
});
