import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { distributionDeadlineSeconds, transferDeadlineSeconds } from '../../lib/distribution/deadlines.ts';
import { policy } from './fixtures.ts';

const MB = 1_000_000;

describe('distributionDeadlineSeconds', () => {
  it.each([
    [0, 300],
    [96 * MB, 300],
    [200 * MB, 560],
    [1000 * MB, 2560],
    [100_000 * MB, 86_400],
  ])('gives %i bytes %i s', (bytes, seconds) => {
    expect(distributionDeadlineSeconds(bytes, policy)).toBe(seconds);
  });
});

describe('transferDeadlineSeconds', () => {
  it.each([
    [0, 120],
    [24 * MB, 120],
    [100 * MB, 310],
    [936 * MB, 2400],
    [10_936 * MB, 4900],
    [10_000_000 * MB, 39_600],
  ])('gives %i bytes %i s', (bytes, seconds) => {
    expect(transferDeadlineSeconds(bytes)).toBe(seconds);
  });

  it('leaves a capped download the time that its cap makes necessary', () => {
    expect(transferDeadlineSeconds(1000 * MB, { bandwidthBytesPerSecond: 100_000 })).toBe(15_060);
  });

  it('never gets shorter for a larger file, and stays below the 12 h of SQS', () => {
    fc.assert(
      fc.property(fc.nat(2 ** 40), fc.nat(2 ** 40), (a, b) => {
        const [small, large] = a < b ? [a, b] : [b, a];
        expect(transferDeadlineSeconds(small)).toBeLessThanOrEqual(transferDeadlineSeconds(large));
        expect(transferDeadlineSeconds(large)).toBeLessThan(12 * 3600);
      }),
    );
  });
});
