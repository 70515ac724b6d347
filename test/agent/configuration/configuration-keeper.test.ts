import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { ConfigurationKeeper } from '../../../agent/configuration/configuration-keeper.ts';
import { silentLog, temporaryFolder } from '../temporary-folder.ts';

const configure = (minute: number, digest = `digest-${minute}`) => ({
  issuedAt: `2026-11-20T10:${String(minute).padStart(2, '0')}:00.000Z`,
  configuration: { digest, claim: [], ignore: ['~/.cache/**'] },
});
const openAt = (path: string) => ConfigurationKeeper.open(path, silentLog);

describe('ConfigurationKeeper', () => {
  it('has none at first, and keeps one over restarts', async () => {
    const path = join(temporaryFolder(), 'configuration.json');
    const keeper = await openAt(path);
    expect(keeper.current).toBeUndefined();

    expect(await keeper.apply(configure(1))).toBe('digest-1');

    expect((await openAt(path)).current).toEqual(configure(1).configuration);
  });

  it('ends with the newest, in whatever order they come and however often', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(fc.integer({ min: 0, max: 9 }), { minLength: 1 }), async (minutes) => {
        const path = join(temporaryFolder(), 'configuration.json');
        const keeper = await openAt(path);
        const digests = await Promise.all(minutes.map((minute) => keeper.apply(configure(minute))));

        const newest = `digest-${Math.max(...minutes)}`;
        expect(keeper.current?.digest).toBe(newest);
        expect((await openAt(path)).current?.digest).toBe(newest);
        // Each answer names what is in force, which is never older than what was asked for.
        for (const [index, digest] of digests.entries()) {
          expect(Number(digest.slice(7))).toBeGreaterThanOrEqual(minutes[index] ?? 0);
        }
      }),
      { numRuns: 20 },
    );
  });

  it('takes a damaged file for none, so that it is sent again', async () => {
    const path = join(temporaryFolder(), 'configuration.json');
    writeFileSync(path, '{"half":');
    const keeper = await openAt(path);
    expect(keeper.current).toBeUndefined();
    expect(await keeper.apply(configure(1))).toBe('digest-1');
  });
});
