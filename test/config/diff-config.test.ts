import { describe, expect, it } from 'vitest';
import { formatPath, parsePath } from '../../lib/config/config-path.ts';
import { describeDangers } from '../../lib/config/describe-dangers.ts';
import { diffConfig } from '../../lib/config/diff-config.ts';
import { makeConfig } from './fixtures.ts';

type Written = Parameters<typeof makeConfig>[0];
const diff = (before: Written, after: Written) => diffConfig(makeConfig(before), makeConfig(after));
const dangers = (before: Written, after: Written) => describeDangers(makeConfig(before), makeConfig(after));

describe('diffConfig', () => {
  it('has one entry for each setting that came, went or changed', () => {
    expect(
      diff(
        { idle: { retain: 1, mode: 'observe', labels: { 'a=b': { exempt: true } } } },
        {
          idle: { retain: 2, providers: { vast: { mode: 'enforce' } }, labels: { 'a=b': { exempt: true } } },
        },
      ),
    ).toEqual([
      { path: 'idle.retain', before: '1', after: '2' },
      { path: 'idle.mode', before: '"observe"' },
      { path: 'idle.providers.vast.mode', after: '"enforce"' },
    ]);
  });

  it.each<[string, Written, Written]>([
    ['an empty mapping', {}, { idle: { roles: { worker: {} }, providers: {} }, data: { ignore: [] } }],
    [
      'another spelling of the same price',
      { idle: { minimumSavingUsdPerHour: 1 } },
      { idle: { minimumSavingUsdPerHour: '1.00' } },
    ],
    [
      'another name of the same provider',
      { idle: { providers: { lambda: { retain: 1 } } } },
      { idle: { providers: { 'lambda-labs': { retain: 1 } } } },
    ],
    ['another order of settings', { idle: { retain: 1, mode: 'off' } }, { idle: { mode: 'off', retain: 1 } }],
  ])('takes %s for no difference', (_what, before, after) => {
    expect(diff(before, after)).toEqual([]);
  });

  it('shows what came into a list and what went, entry by entry', () => {
    const claim = { glob: 'a/*', kind: 'games' as const, name: 'a' };
    expect(
      diff(
        { data: { ignore: ['/a', '/b', '/c'] } },
        { data: { ignore: ['/a', '/c', '/d'], claim: [claim] } },
      ),
    ).toEqual([
      { path: 'data.ignore', before: '"/b"' },
      { path: 'data.ignore', after: '"/d"' },
      { path: 'data.claim', after: JSON.stringify(claim) },
    ]);
    expect(diff({ data: { ignore: ['/a', '/a'] } }, { data: { ignore: ['/a'] } })).toHaveLength(1);
  });

  it('shows an order that matters', () => {
    expect(diff({ data: { ignore: ['/a', '/b'] } }, { data: { ignore: ['/b', '/a'] } })).toEqual([
      { path: 'data.ignore', before: '["/a","/b"]', after: '["/b","/a"]' },
    ]);
    const [first, second] = [{ minimumSamples: 4 }, { minimumSamples: 5 }];
    expect(
      diff(
        { idle: { labels: { 'a=1': first, 'b=1': second } } },
        { idle: { labels: { 'b=1': second, 'c=1': first, 'a=1': first } } },
      ),
    ).toEqual([
      { path: 'idle.labels."c=1".minimumSamples', after: '4' },
      { path: 'idle.labels (order)', before: '["a=1","b=1"]', after: '["b=1","a=1"]' },
    ]);
  });
});

describe('describeDangers', () => {
  it('names each provider whose mode becomes enforce, wherever that is written', () => {
    const enforced = (before: Written, after: Written) =>
      dangers(before, after).flatMap((line) => /^(\S+) becomes ENFORCE/.exec(line)?.[1] ?? []);
    expect(enforced({}, { idle: { mode: 'enforce' } })).toEqual(['lambda-labs', 'vast', 'runpod']);
    expect(enforced({}, { idle: { mode: 'enforce', providers: { vast: { mode: 'off' } } } })).toEqual([
      'lambda-labs',
      'runpod',
    ]);
    expect(
      enforced(
        { idle: { mode: 'enforce', providers: { vast: { mode: 'off' } } } },
        { idle: { mode: 'enforce' } },
      ),
    ).toEqual(['vast']);
    expect(enforced({ idle: { mode: 'enforce' } }, { idle: { mode: 'enforce', retain: 2 } })).toEqual([]);
    expect(enforced({ idle: { mode: 'enforce' } }, {})).toEqual([]);
  });

  it('names an exemption that goes', () => {
    const exempt = { idle: { roles: { trainer: { exempt: true } } } };
    expect(dangers(exempt, {})).toEqual(['idle.roles.trainer.exempt goes: its nodes can be ended as idle']);
    expect(dangers({}, exempt)).toEqual([]);
  });

  it('names what is ignored from now on, for whichever role', () => {
    expect(
      dangers({ data: { ignore: ['/a'] } }, { data: { ignore: ['/a'], roles: { w: { ignore: ['/b'] } } } }),
    ).toEqual(['files that fit /b keep no node any more, and are lost with it']);
    expect(dangers({ data: { builtInIgnore: false } }, {}).join()).toContain('~/.cache/**');
    expect(dangers({ data: { ignore: ['/a'] } }, {})).toEqual([]);
  });
});

describe('paths', () => {
  it.each([
    [['idle', 'providers', 'vast', 'mode'], 'idle.providers.vast.mode'],
    [['idle', 'labels', 'site=a.b', 'exempt'], 'idle.labels."site=a.b".exempt'],
    [['idle', 'roles', 'a role'], 'idle.roles."a role"'],
  ])('of %j are written %s', (path, text) => {
    expect(formatPath(path)).toBe(text);
    expect(parsePath(text)).toEqual(path);
  });

  it('need quotes only around a dot, and know lambda-labs by its short name', () => {
    expect(parsePath('idle.labels.team=x.exempt')).toEqual(['idle', 'labels', 'team=x', 'exempt']);
    expect(parsePath('idle.providers.lambda.mode')).toEqual(['idle', 'providers', 'lambda-labs', 'mode']);
    expect(parsePath('idle.roles.lambda.retain')).toEqual(['idle', 'roles', 'lambda', 'retain']);
    expect(formatPath(['data', 'claim', 0, 'glob'])).toBe('data.claim[0].glob');
  });

  it.each([
    '',
    '.',
    'idle.',
    '.idle',
    'idle..mode',
    'idle."a',
    'idle."a"b',
    'data.ignore[0]',
    'a.__proto__.b',
  ])('are never %j', (text) => {
    expect(() => parsePath(text)).toThrow(Error);
  });
});
