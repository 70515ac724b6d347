import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { planScrub, type ScrubProgress } from '../../../agent/scrub/plan-scrub.ts';

const hour = { roundSeconds: 3600, days: 30 };
const files = (...sizes: readonly number[]) =>
  sizes.map((bytes, index) => ({ path: `f${String(index).padStart(4, '0')}`, bytes }));
const none: ScrubProgress = { after: '', allowanceBytes: 0 };

describe('planScrub', () => {
  it('goes on from where the last round ended, round and round', () => {
    const known = files(10, 10, 10);
    const all = { roundSeconds: 10, days: 10 / 86_400 / 1 };
    expect(
      planScrub(known, { after: 'f0000', allowanceBytes: 0 }, all).files.map(({ path }) => path),
    ).toEqual(['f0001', 'f0002', 'f0000']);
    expect(
      planScrub(known, { after: 'f0002', allowanceBytes: -15 }, all).files.map(({ path }) => path),
    ).toEqual(['f0000', 'f0001']);
  });

  it('reads a large file at once, and waits afterwards', () => {
    const known = files(720_000, 0);
    const first = planScrub(known, none, hour);
    expect(first).toMatchObject({ files: [{ bytes: 720_000 }], progress: { allowanceBytes: -719_000 } });
    expect(planScrub(known, first.progress, hour)).toMatchObject({
      files: [],
      progress: { after: 'f0000', allowanceBytes: -718_000 },
    });
  });

  it('reads every byte once in 30 days, and a thirtieth a day within one file', () => {
    fc.assert(
      fc.property(fc.array(fc.integer({ min: 1, max: 10_000 }), { minLength: 1, maxLength: 50 }), (sizes) => {
        const known = files(...sizes);
        const total = sizes.reduce((sum, bytes) => sum + bytes, 0);
        let progress = none;
        let read = 0;
        const seen = new Set<string>();
        for (let round = 0; round < 721; round += 1) {
          const plan = planScrub(known, progress, hour);
          progress = plan.progress;
          for (const { path, bytes } of plan.files) {
            seen.add(path);
            read += bytes;
          }
          if (round === 23 && read > total / 30 + Math.max(...sizes)) return false;
        }
        return seen.size === known.length && read <= total * (721 / 720) + Math.max(...sizes);
      }),
      { numRuns: 50 },
    );
  });

  it('has nothing to do on an empty disk', () => {
    expect(planScrub([], none, hour)).toEqual({ files: [], progress: none });
  });
});
