import { describe, expect, it } from 'vitest';
import { missingEvidence } from '../../lib/work/check-evidence.ts';

describe('missingEvidence [events#5-10]', () => {
  it.each([
    ['enough', { gamesPlayed: 1 }],
    ['the maximum', { gamesPlayed: 100 }],
    ['more names than asked for', { gamesPlayed: 5, note: 'x' }],
  ])('finds nothing missing with %s', (_what, evidence) => {
    expect(missingEvidence({ gamesPlayed: { minimum: 1, maximum: 100 } }, evidence)).toBeUndefined();
  });

  it.each([
    ['nothing', {}, 'says nothing of gamesPlayed'],
    ['zero games', { gamesPlayed: 0 }, 'at least 1 and at most 100; the result says 0'],
    ['too many', { gamesPlayed: 101 }, 'the result says 101'],
    ['text', { gamesPlayed: '5' }, 'must be a number'],
    ['a name of every object only', Object.create({ gamesPlayed: 5 }), 'says nothing of gamesPlayed'],
  ])('is a failure with %s', (_what, evidence, message) => {
    expect(missingEvidence({ gamesPlayed: { minimum: 1, maximum: 100 } }, evidence)).toContain(message);
  });

  it('asks only for the name where the template gives no bounds', () => {
    expect(missingEvidence({ model: {} }, { model: 'hex8' })).toBeUndefined();
    expect(missingEvidence({ model: {} }, {})).toContain('model');
  });
});
