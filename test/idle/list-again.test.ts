import { describe, expect, it } from 'vitest';
import { createListAgain } from '../../lib/idle/list-again.ts';
import type { Instance } from '../../lib/providers/instance.ts';
import { addSeconds } from '../../lib/time.ts';
import { makeInstance, makeRecord } from '../providers/fixtures.ts';
import { NOW } from './fixtures.ts';

const ids = Array.from({ length: 10 }, (_, index) => String(index));
const all = ids.map((id) => makeInstance(id));

/** A provider that answers this, asked by one cycle. */
const startCycle = (answer: () => readonly Instance[]) => {
  let now = NOW;
  let asked = 0;
  const listAgain = createListAgain(
    {
      provider: {
        key: 'vast',
        listInstances: async () => {
          asked += 1;
          return answer();
        },
        terminate: async () => expect.fail('a listing ends nothing'),
      },
      clock: { now: () => now },
      warn: () => undefined,
    },
    new Map(ids.map((id) => [id, makeRecord(id, { misses: 1 })])),
  );
  return {
    listAgain,
    asked: () => asked,
    pass: (seconds: number) => {
      now = addSeconds(now, seconds);
    },
  };
};

describe('createListAgain', () => {
  it('answers what a listing says now, and shares it with nodes of the next 20 s', async () => {
    const { listAgain, asked, pass } = startCycle(() => [
      makeInstance('0', { status: 'stopped' }),
      ...all.slice(1),
    ]);
    expect(await listAgain('0')).toMatchObject({ misses: 0, instance: { status: 'stopped' } });
    pass(20);
    expect(await listAgain('1')).toMatchObject({ misses: 0 });
    expect(asked()).toBe(1);
    pass(0.001);
    await listAgain('2');
    expect(asked()).toBe(2);
  });

  it('asks a provider that fails once, for all nodes of these 20 s', async () => {
    const { listAgain, asked } = startCycle(() => {
      throw new Error('500');
    });
    expect(await listAgain('0')).toMatchObject({ misses: 2, instance: { status: 'running' } });
    expect(await listAgain('1')).toMatchObject({ misses: 2 });
    expect(asked()).toBe(1);
  });

  it('takes an instance that is missing for not listed, and knows none that nobody ever listed', async () => {
    const { listAgain } = startCycle(() => all.slice(1));
    expect(await listAgain('0')).toMatchObject({ misses: 2 });
    expect(await listAgain('1')).toMatchObject({ misses: 0 });
    expect(await listAgain('other')).toBeUndefined();
  });
});

describe('a listing that lost a half at once', () => {
  it('proves nothing, not even of what it has [health-and-idle#14-7]', async () => {
    const known = new Map(ids.map((id) => [id, makeRecord(id)]));
    const listAgain = createListAgain(
      {
        provider: {
          key: 'vast',
          listInstances: async () => all.slice(0, 5),
          terminate: async () => expect.fail('a listing ends nothing'),
        },
        clock: { now: () => NOW },
        warn: () => undefined,
      },
      known,
    );
    expect(await listAgain('0')).toMatchObject({ misses: 1 });
  });
});
