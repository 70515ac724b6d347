import { describe, expect, it } from 'vitest';
import { FileTally } from '../../../agent/data/file-tally.ts';
import { unclaimedSchema } from '../../../lib/nodes/unclaimed.ts';

describe('FileTally', () => {
  it('counts all and names the largest twenty', () => {
    const tally = new FileTally();
    for (let index = 0; index < 100; index += 1) tally.add(`/f${index}`, (index * 37) % 100);
    expect(tally.total).toMatchObject({ count: 100, bytes: 4950 });
    expect(tally.total.sample.map(({ bytes }) => bytes)).toEqual(
      Array.from({ length: 20 }, (_, index) => 99 - index),
    );
  });

  it('fits a report, however long the paths are', () => {
    const tally = new FileTally();
    tally.add(`/${'x'.repeat(4000)}`, 1);
    expect(unclaimedSchema.safeParse(tally.total).success).toBe(true);
  });
});
