import { describe, expect, it } from 'vitest';
import { compileRules } from '../../../agent/data/file-rules.ts';
import type { Claim } from '../../../lib/commands/node-configuration.ts';

const places = { home: '/home/ada', root: '/data' };
const claim = (glob: string, name: string): Claim => ({ glob, kind: 'games', name });
const rulesOf = (claims: Claim[], ignore: string[]) =>
  compileRules({ digest: 'c-1', claim: claims, ignore }, places);

describe('compileRules', () => {
  it('claims by the first glob that matches', () => {
    const rules = rulesOf([claim('/workspace/a/*', 'first'), claim('/workspace/**', 'second')], []);
    expect(rules.claimOf('/workspace/a/1')?.name).toBe('first');
    expect(rules.claimOf('/workspace/b/1')?.name).toBe('second');
    expect(rules.claimOf('/home/ada/1')).toBeUndefined();
  });

  it('lets a claim win over an ignore glob: what is named as data is never taken for nothing', () => {
    const rules = rulesOf([claim('~/.cache/games/*.npz', 'games')], ['~/.cache/**']);
    expect(rules.isIgnored('/home/ada/.cache/games/1.npz')).toBe(false);
    expect(rules.isIgnored('/home/ada/.cache/games/1.tmp')).toBe(true);
    expect(rules.skips('/home/ada/.cache')).toBe(false);
    expect(rules.skips('/home/ada/.cache/pip')).toBe(true);
  });

  it('without a configuration claims and ignores nothing', () => {
    const rules = compileRules(undefined, places);
    expect(rules).toMatchObject({ digest: undefined, hasClaims: false });
    expect(rules.isIgnored('/data/a')).toBe(false);
    expect(rules.skips('/data')).toBe(false);
  });
});
