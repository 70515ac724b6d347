import { describe, expect, it } from 'vitest';
import { createMemoryAuditStore } from '../../lib/audit/memory-audit-store.ts';
import { createMemoryPublisher } from '../../lib/events/memory-publisher.ts';
import { createMemoryNodeStore } from '../../lib/nodes/memory-node-store.ts';
import { costReport } from '../../lib/providers/cost-report.ts';
import { createMemoryInstanceStore } from '../../lib/providers/memory-instance-store.ts';
import { createMemoryProviderStateStore } from '../../lib/providers/memory-provider-state-store.ts';
import { RECONCILE_POLICY } from '../../lib/providers/reconcile-policy.ts';
import { reconcileProvider } from '../../lib/providers/reconcile-provider.ts';
import { connect, keys } from './adapter-on-simulator.ts';

const MICRO_USD_PER_CENT = 10_000;
/** Phases last as long as a step, so that each change falls on a listing. */
const STEP_SECONDS = 600;
const phase = STEP_SECONDS * 1000;

describe.each(keys)('the spend of a scripted day at %s', (key) => {
  it('equals the simulator’s own bill to the cent, from the real adapter through reconcile to the report', async () => {
    const { provider, simulator, pass, listed, clock } = await connect(key, 4, {
      bootMs: phase,
      terminateMs: phase,
    });
    const start = clock.now();
    const instances = createMemoryInstanceStore();
    const ports = {
      provider,
      nodes: createMemoryNodeStore(),
      instances,
      states: createMemoryProviderStateStore(),
      publisher: createMemoryPublisher('drover'),
      audit: createMemoryAuditStore(),
      clock,
      actor: 'test',
    };
    const [first = '', second = ''] = listed();
    for (let seconds = 0; seconds <= 86_400; seconds += STEP_SECONDS) {
      if (seconds === 18_000) simulator.account.terminate(first);
      if (seconds === 36_000 && provider.capabilities.canStop) simulator.account.stop(second);
      if (seconds === 54_000 && provider.capabilities.canStop) simulator.account.start(second);
      await reconcileProvider(ports, RECONCILE_POLICY);
      if (seconds < 86_400) pass(phase);
    }

    const end = clock.now();
    const report = costReport(
      await instances.list(key),
      await instances.listSegments(key, start, end),
      'provider',
      start,
      end,
    );
    const cents = Math.round(report.totalMicroUsd / MICRO_USD_PER_CENT);
    expect(cents).toBe(simulator.account.bill().cents);
    expect(cents).toBeGreaterThan(1000);
  });
});
