import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { Sequence } from '../../../agent/reports/sequence.ts';
import { silentLog, temporaryFolder } from '../temporary-folder.ts';

const now = new Date('2026-11-20T10:00:00.000Z');

describe('Sequence', () => {
  it('grows over restarts, also when many ask at once', async () => {
    const path = join(temporaryFolder(), 'state.json');
    const numbers: number[] = [];
    for (let restart = 0; restart < 3; restart += 1) {
      const sequence = await Sequence.open(path, now, silentLog);
      numbers.push(...(await Promise.all(Array.from({ length: 1100 }, () => sequence.next()))));
    }
    const sorted = [...new Set(numbers)].sort((a, b) => a - b);
    expect(numbers).toEqual(sorted);
  });

  it.each([
    { name: 'lost', content: undefined },
    { name: 'damaged', content: '{"seqReserved' },
  ])(
    'starts from the clock when its file is $name: the node may be an old one, its data folder wiped',
    async ({ content }) => {
      const path = join(temporaryFolder(), 'state.json');
      if (content !== undefined) writeFileSync(path, content);
      const sequence = await Sequence.open(path, now, silentLog);
      expect(await sequence.next()).toBe(now.getTime());
    },
  );
});
