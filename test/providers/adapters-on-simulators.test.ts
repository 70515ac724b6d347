import { describe, expect, it } from 'vitest';
import type { Fault } from '../../local/providers/faults.ts';
import { connect, keys } from './adapter-on-simulator.ts';

const MICRO_USD_PER_CENT = 10_000;

describe.each(keys)('the adapter of %s on its simulator', (key) => {
  it('lists 60 instances, over all pages, within the rate limit', async () => {
    const { provider, simulator, listed, pass } = await connect(key, 60);
    pass(60_000);
    const instances = await provider.listInstances();
    expect(instances.map(({ instanceId }) => instanceId).toSorted()).toEqual(listed().toSorted());
    expect(new Set(instances.map(({ status }) => status))).toEqual(new Set(['running']));
    expect(new Set(instances.map(({ address }) => address))).toEqual(new Set(['127.0.0.1']));
    expect(simulator.requests.requests.filter(({ status }) => status === 429)).toEqual([]);
  });

  it.each<[Fault['fault'], string]>([
    ['rate-limited', 'rate-limited'],
    ['server-error', 'transient'],
    ['bad-gateway', 'transient'],
    ['connection-reset', 'transient'],
    ['empty-body', 'unexpected-shape'],
    ['cut-body', 'unexpected-shape'],
    ['changed-shape', 'unexpected-shape'],
    ['gone', 'unexpected-shape'],
    ['unauthorized', 'auth-failure'],
    ['not-found-auth-error', 'auth-failure'],
    ['edge-blocked', 'edge-blocked'],
  ])('throws under %s, and lists all again afterwards', async (fault, kind) => {
    const { provider, simulator } = await connect(key, 4);
    simulator.faults.inject({ fault, on: 'list' });
    await expect(provider.listInstances()).rejects.toMatchObject({ kind });
    simulator.faults.clear();
    expect(await provider.listInstances()).toHaveLength(4);
  });

  it('terminates one instance, and sees it go', async () => {
    const { provider, pass, listed } = await connect(key, 3);
    pass(60_000);
    const [id = ''] = listed();
    expect(await provider.terminate(id)).toMatchObject({ outcome: 'accepted' });
    pass(600_000);
    const left = await provider.listInstances();
    expect(left.filter(({ status }) => status !== 'terminated')).toHaveLength(2);
    expect(await provider.terminate(id)).toMatchObject({ outcome: 'gone-confirm' });
  });

  it.each<[Fault['fault'], RegExp]>([
    ['server-error', /^transient$/],
    ['rate-limited', /^rate-limited$/],
    ['not-found-auth-error', /^auth-failure$/],
    ['edge-blocked', /^transient$/],
    ['refused', /^(refused|unknown)$/],
    ['empty-body', /^(unknown|accepted)$/],
  ])('never calls an instance gone when a termination meets %s', async (fault, outcome) => {
    const { provider, simulator, pass, listed } = await connect(key, 1);
    pass(60_000);
    simulator.faults.inject({ fault });
    const [id = ''] = listed();
    expect((await provider.terminate(id)).outcome).toMatch(outcome);
  });

  it('[providers#0-6] charges a day of boots, stops and ends as the simulator bills it, to the cent', async () => {
    // Phases last as long as a step, so that each change falls on an observation.
    const STEP_SECONDS = 600;
    const phase = STEP_SECONDS * 1000;
    const { provider, simulator, pass, listed } = await connect(key, 4, {
      bootMs: phase,
      terminateMs: phase,
    });
    const [first = '', second = ''] = listed();
    let microUsdSeconds = 0;
    for (let seconds = 0; seconds < 86_400; seconds += STEP_SECONDS) {
      if (seconds === 18_000) simulator.account.terminate(first);
      if (seconds === 36_000 && provider.capabilities.canStop) simulator.account.stop(second);
      if (seconds === 54_000 && provider.capabilities.canStop) simulator.account.start(second);
      const instances = await provider.listInstances();
      for (const { chargeMicroUsdPerHour } of instances) {
        expect(chargeMicroUsdPerHour).toBeDefined();
        microUsdSeconds += (chargeMicroUsdPerHour ?? 0) * STEP_SECONDS;
      }
      pass(phase);
    }
    const cents = Math.round(microUsdSeconds / 3600 / MICRO_USD_PER_CENT);
    expect(cents).toBe(simulator.account.bill().cents);
    expect(cents).toBeGreaterThan(1000);
  });
});
