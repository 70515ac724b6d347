import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { compileGlobs, isWithin } from '../../../agent/data/file-globs.ts';

const places = { home: '/home/ada', root: '/data/drover' };

describe('compileGlobs', () => {
  it.each([
    ['~/.cache/**', '/home/ada/.cache/pip/x', true],
    ['~/.cache/**', '/home/ada/.cached/x', false],
    ['~/*.log', '/home/ada/a.log', true],
    ['~/*.log', '/home/ada/runs/a.log', false],
    ['~/**/*.log', '/home/ada/runs/.hidden/a.log', true],
    ['runs/**/*.npz', '/data/drover/runs/1/a.npz', true],
    ['./runs/*.npz', '/data/drover/runs/a.npz', true],
    ['runs/**/*.npz', '/workspace/runs/1/a.npz', false],
    ['**/*.npz', '/data/drover/a.npz', true],
    ['**/*.npz', '/workspace/a.npz', false],
    ['/workspace/**', '/workspace/.git/config', true],
    ['/workspace/**', '/workspaces/x', false],
    ['/**/node_modules/**', '/home/ada/x/node_modules/y/z.js', true],
    ['/workspace/{a,b}/*.pt', '/workspace/b/1.pt', true],
    ['!runs/a', '/data/drover/runs/b', false],
    ['runs/**', '/data/drover/runs/two\nlines', true],
  ])('%j against %j: %s', (glob, path, matches) => {
    expect(compileGlobs([glob], places).matches(path)).toBe(matches);
  });

  it('reads nothing into what home and root are called', () => {
    const odd = { home: '/home/a (b) [c] {d,e}*', root: '/data/+(x)!' };
    const globs = compileGlobs(['~/runs/*', 'npz/*'], odd);
    expect(globs.matches('/home/a (b) [c] {d,e}*/runs/1')).toBe(true);
    expect(globs.matches('/home/a (b) [c] d1/runs/1')).toBe(false);
    expect(globs.matches('/data/+(x)!/npz/1')).toBe(true);
    expect(globs.matches('/data/xx/npz/1')).toBe(false);
    expect(globs.mayMatchBelow('/home/a (b) [c] {d,e}*/runs')).toBe(true);
  });
});

const segment = fc.constantFrom('a', 'b', '.c', 'x y');
const path = fc.array(segment, { minLength: 1, maxLength: 4 }).map((parts) => `/${parts.join('/')}`);
const glob = fc
  .array(fc.constantFrom('a', 'b', '.c', '*', '**', 'x*', '{a,b}'), { minLength: 1, maxLength: 4 })
  .chain((parts) => fc.constantFrom('/', '~/', '').map((start) => `${start}${parts.join('/')}`));

describe('what globs say of folders', () => {
  it('leaves out no file that does not match: a folder that is covered has only matches', () => {
    fc.assert(
      fc.property(fc.array(glob, { maxLength: 3 }), path, path, (globs, folder, below) => {
        const compiled = compileGlobs(globs, { home: '/a', root: '/b' });
        if (compiled.coversAllOf(folder)) expect(compiled.matches(`${folder}${below}`)).toBe(true);
      }),
    );
  });

  it('misses no match: where none can be, there is none', () => {
    fc.assert(
      fc.property(fc.array(glob, { maxLength: 3 }), path, path, (globs, folder, below) => {
        const compiled = compileGlobs(globs, { home: '/a', root: '/b' });
        if (!compiled.mayMatchBelow(folder)) expect(compiled.matches(`${folder}${below}`)).toBe(false);
      }),
    );
  });
});

describe('isWithin', () => {
  it.each([
    ['/a', '/a', true],
    ['/a/b', '/a', true],
    ['/ab', '/a', false],
    ['/a', '/', true],
  ])('%s in %s: %s', (inner, outer, expected) => {
    expect(isWithin(inner, outer)).toBe(expected);
  });
});
