import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { IDLE_LEASE_SECONDS } from '../../lib/constants.ts';
import { addSeconds } from '../../lib/time.ts';
import { BUSY, createIdleScene, type RentedNode } from './support/idle-scene.ts';

/** Idle shutdown while everything is killed: cloud, providers and agents at once, as when a machine loses its power. */

const scene = createIdleScene('idle-crash');
const { running, rent, get, terminations, until, untilNode, isThere, killAndStart } = scene;

/** The cycle that was killed held its lease for five minutes more: they pass at once. */
const endLease = async (): Promise<void> => {
  const { providerStates } = running().operator.stores;
  const now = new Date();
  expect(
    await providerStates.takeLease('idle', 'vast', 'a test', addSeconds(now, IDLE_LEASE_SECONDS), now),
  ).toBe(true);
};

/** It works all the time. */
let keeper: RentedNode;

beforeAll(async () => {
  await scene.start();
  await scene.configure({ providers: { vast: { mode: 'enforce' } } });
  keeper = await rent('vast', { gpuPercent: BUSY });
}, 120_000);
afterAll(scene.stop);

describe('a node that is idle', () => {
  it('is the only one to go when everything is killed while it drains, and again while it is terminated: one request after each start', async () => {
    const node = await rent('vast');
    const { drain } = await until(node, 'draining');

    await killAndStart();
    await running().booted.sim.inject('vast', { fault: 'server-error', on: 'terminate' });
    const { termination } = await until(node, 'terminating');
    expect(await terminations(node)).toBe(1);
    await killAndStart();
    const ended = await until(node, 'terminated');

    // Counted since the last start.
    expect(await terminations(node)).toBe(1);
    expect(termination).toMatchObject({ terminationId: drain?.drainId, attempts: 1 });
    expect(ended.termination).toMatchObject({ terminationId: drain?.drainId, attempts: 2 });
    expect([isThere(node), isThere(keeper)]).toEqual([false, true]);
    expect((await get(keeper)).lifecycle).toBe('active');
    const { instances } = await running().booted.sim.look('vast');
    expect(instances.map(({ id }) => id)).toEqual([keeper.instance.id]);
  }, 240_000);

  it('is asked for once more when everything is killed while its provider is asked, after the lease of that cycle', async () => {
    const node = await rent('vast');
    await until(node, 'draining');
    await running().booted.sim.inject('vast', { fault: 'no-answer', on: 'terminate' });

    const asking = until(node, 'terminating').catch(() => 'killed');
    await untilNode(node, ({ termination }) => termination?.attempts === 1, 'asked for');
    await killAndStart();
    await endLease();
    const ended = await until(node, 'terminated');

    expect(await asking).toBe('killed');
    expect([await terminations(node), ended.termination?.attempts]).toEqual([1, 2]);
    expect([isThere(node), isThere(keeper)]).toEqual([false, true]);
  }, 240_000);
});
