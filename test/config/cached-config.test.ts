import { describe, expect, it } from 'vitest';
import { createCachedConfig } from '../../lib/config/cached-config.ts';
import { createMemoryConfigStore } from '../../lib/config/memory-config-store.ts';
import { atText, createTestClock } from '../nodes/fixtures.ts';
import { makeConfig } from './fixtures.ts';

const prepare = () => {
  const store = createMemoryConfigStore();
  const clock = createTestClock();
  let reads = 0;
  let failure: Error | undefined;
  const cached = createCachedConfig(
    {
      current: async () => {
        reads += 1;
        if (failure) throw failure;
        return store.current();
      },
    },
    clock,
    60,
  );
  const apply = async (retain: number) => {
    const { version, revision } = await store.current();
    const next = { version: version + 1, appliedAt: atText(0), appliedBy: 'op', reason: 'x' };
    await store.put({ ...next, config: makeConfig({ idle: { retain } }) }, revision);
  };
  return {
    clock,
    cached,
    apply,
    reads: () => reads,
    fail: (error: Error | undefined) => {
      failure = error;
    },
  };
};

describe('createCachedConfig', () => {
  it('reads once in its time, however many ask at once', async () => {
    const { clock, cached, apply, reads } = prepare();
    await Promise.all([cached.current(), cached.current()]);
    await apply(4);
    clock.advance(59.999);
    expect((await cached.current()).version).toBe(0);
    expect(reads()).toBe(1);
    clock.advance(0.001);
    expect((await cached.current()).config.idle.retain).toBe(4);
    expect(reads()).toBe(2);
  });

  it('takes no older copy in the place of one that cannot be read', async () => {
    const { clock, cached, fail } = prepare();
    await cached.current();
    fail(new Error('no table'));
    clock.advance(60);
    await expect(cached.current()).rejects.toThrow('no table');
    fail(undefined);
    expect((await cached.current()).version).toBe(0);
  });

  it('reads again when its clock was set back', async () => {
    const { clock, cached, reads } = prepare();
    await cached.current();
    clock.advance(-1);
    await cached.current();
    expect(reads()).toBe(2);
  });
});
