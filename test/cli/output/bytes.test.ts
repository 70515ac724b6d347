import { describe, expect, it } from 'vitest';
import { formatBytes } from '../../../cli/output/bytes.ts';

describe('formatBytes', () => {
  it.each([
    [0, '0 B'],
    [999, '999 B'],
    [1000, '1.0 kB'],
    [1_500_000, '1.5 MB'],
    [200_000_000, '200 MB'],
    [999_999, '1.0 MB'],
    [3_000_000_000_000_000, '3000 TB'],
  ])('says %i as %s', (bytes, text) => {
    expect(formatBytes(bytes)).toBe(text);
  });
});
