import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { plainFileName } from '../../../agent/flush/artifact-of.ts';
import { segmentSchema } from '../../../lib/artifacts/artifact.ts';

describe('plainFileName', () => {
  it.each([
    ['/a/b.npz', 'b.npz'],
    ['/a/my games (1).npz', 'my_games__1_.npz'],
    ['/a/.hidden', 'f.hidden'],
    ['/a/ä', 'f_'],
    [`/a/${'x'.repeat(200)}.npz`, `${'x'.repeat(124)}.npz`],
  ])('makes %j %j', (path, name) => {
    expect(plainFileName(path)).toBe(name);
  });

  it('is always a plain word', () => {
    fc.assert(
      fc.property(fc.string({ minLength: 1, maxLength: 300 }), (name) => {
        expect(segmentSchema.safeParse(plainFileName(`/a/${name}`)).success).toBe(true);
      }),
    );
  });
});
