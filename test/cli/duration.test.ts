import { describe, expect, it } from 'vitest';
import { durationSchema, formatSeconds } from '../../cli/duration.ts';

describe('durationSchema', () => {
  it.each([
    ['90s', 90],
    ['30m', 1800],
    ['2h', 7200],
    ['7d', 604_800],
    [' 1h ', 3600],
    ['365d', 31_536_000],
  ])('reads %s as %i seconds', (text, seconds) => {
    expect(durationSchema.parse(text)).toBe(seconds);
  });

  it.each(['', '10', '0s', '-1h', '1.5h', '1w', 'h', '366d', '1h30m', '1 h'])(
    'refuses "%s" and says how to write it',
    (text) => {
      const parsed = durationSchema.safeParse(text);
      expect(parsed.success).toBe(false);
      expect(parsed.error?.issues[0]?.message).toContain('90s, 30m, 2h or 7d');
    },
  );
});

describe('formatSeconds', () => {
  it.each([
    [0, '0 s'],
    [119, '119 s'],
    [120, '2 min'],
    [7200, '2.0 h'],
    [172_800, '2 d'],
  ])('says %i seconds as %s', (seconds, text) => {
    expect(formatSeconds(seconds)).toBe(text);
  });
});
