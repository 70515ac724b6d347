import { describe, expect, it } from 'vitest';
import { createMemoryWorkStore } from '../../lib/work/memory-work-store.ts';
import { createPendingWork } from '../../lib/work/pending-work.ts';
import type { NodePolicy } from '../../lib/work/work-config.ts';
import type { WorkStore } from '../../lib/work/work-store.ts';
import { createTestClock } from '../nodes/fixtures.ts';
import { makeItem, makeWorker, workIdOf } from './work-fixture.ts';

const prepare = (policies: readonly NodePolicy[] = [], overrides: Partial<WorkStore> = {}) => {
  const work = createMemoryWorkStore();
  const clock = createTestClock();
  const ports = { work: { ...work, ...overrides }, policies: async () => policies, clock };
  return { work, clock, pendingWork: createPendingWork(ports) };
};
const gpu = makeWorker(1, {
  capabilities: {
    acceptsKinds: [],
    trains: false,
    ephemeral: false,
    gpuCount: 1,
    gpuMemoryBytes: 24_000_000_000,
  },
});
const cpu = makeWorker(2);

describe('what waits for a node', () => {
  it('is what it could take by its hardware, its labels and the policies, however busy it is', async () => {
    const { work, pendingWork } = prepare([{ match: ['*'], deny: ['tournament'] }]);
    await work.create(makeItem({ workId: workIdOf(1) }));
    await work.create(makeItem({ workId: workIdOf(2), requires: { gpus: 1 }, class: 'gpu' }));
    await work.create(makeItem({ workId: workIdOf(3), requires: { gpus: 2 }, class: 'gpu' }));
    await work.create(makeItem({ workId: workIdOf(4), jobType: 'tournament' }));
    await work.create(makeItem({ workId: workIdOf(5), requires: { gpus: 0, labels: { a: 'b' } } }));
    await work.create(makeItem({ workId: workIdOf(6), status: 'running' }));
    expect(await pendingWork(gpu)).toBe(2);
    expect(await pendingWork(cpu)).toBe(1);
    const busy = { slots: { total: 0, free: 0 } };
    expect(await pendingWork(makeWorker(3, { heartbeat: busy }))).toBe(1);
  });

  it('is read once for all nodes of one look, and anew for the next', async () => {
    const { work, clock, pendingWork } = prepare();
    await pendingWork(cpu);
    await work.create(makeItem());
    expect(await pendingWork(cpu)).toBe(0);
    clock.advance(20);
    expect(await pendingWork(cpu)).toBe(1);
  });

  it('is unknown where it cannot be read, and no 0 [events#2.15-7]', async () => {
    const { pendingWork } = prepare([], { listByStatus: () => Promise.reject(new Error('throttled')) });
    await expect(pendingWork(cpu)).rejects.toThrow('throttled');
    await expect(pendingWork(cpu)).rejects.toThrow('throttled');
  });
});
