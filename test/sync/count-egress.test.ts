import { describe, expect, it } from 'vitest';
import { TransientError } from '../../lib/errors.ts';
import { createMemoryPublisher } from '../../lib/events/memory-publisher.ts';
import { countEgress } from '../../lib/sync/count-egress.ts';
import type { EgressStore } from '../../lib/sync/egress-store.ts';
import { createMemoryEgressStore } from '../../lib/sync/memory-egress-store.ts';
import { makeClock } from '../distribution/fixtures.ts';

const DAY = '2026-03-01';
const prepare = (egress: EgressStore = createMemoryEgressStore()) => ({
  egress,
  publisher: createMemoryPublisher(),
  clock: makeClock(),
});

describe('countEgress', () => {
  it('counts every one of the 50 syncs that can run at once', async () => {
    const ports = prepare();
    const ids = Array.from({ length: 50 }, (_, index) => `d-${index}`);
    await Promise.all(ids.map((id) => countEgress(ports, id, 100, undefined)));
    const counted = await ports.egress.get(DAY);
    expect(counted?.bytes).toBe(5000);
    expect([...(counted?.counted ?? [])].sort()).toEqual(ids.sort());
  });

  it('counts a sync once that is counted twice at once', async () => {
    const ports = prepare();
    await Promise.all([countEgress(ports, 'd-1', 100, undefined), countEgress(ports, 'd-1', 100, undefined)]);
    expect((await ports.egress.get(DAY))?.bytes).toBe(100);
  });

  it.each([
    [59, 'counts'],
    [60, 'gives up'],
  ])('after %i lost races it %s', async (races, ends) => {
    const memory = createMemoryEgressStore();
    let lost = 0;
    const ports = prepare({
      get: memory.get,
      put: async (next, revision) => {
        lost += 1;
        return lost > races && (await memory.put(next, revision));
      },
    });
    const counting = countEgress(ports, 'd-1', 100, undefined);
    if (ends === 'counts') await counting;
    else await expect(counting).rejects.toThrow(TransientError);
    expect((await memory.get(DAY))?.bytes).toBe(ends === 'counts' ? 100 : undefined);
  });
});
