import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { BUSY, createIdleScene, type RentedNode } from './support/idle-scene.ts';

/** Idle shutdown while everything is killed: cloud, providers and agents at once, as when a machine loses its power. */

const scene = createIdleScene('idle-crash');
const { running, rent, get, terminations, until, isThere, killAndStart } = scene;

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
  });
});
