import { describe, expect, it } from 'vitest';
import { formatTimestamp } from '../../../cli/output/timestamp.ts';

describe('formatTimestamp', () => {
  it.each([
    ['2026-11-23T12:00:01.987Z', '2026-11-23T12:00:01Z'],
    ['2026-11-23T12:00:01Z', '2026-11-23T12:00:01Z'],
    ['never', 'never'],
  ])('shows %s as %s', (timestamp, shown) => {
    expect(formatTimestamp(timestamp)).toBe(shown);
  });
});
