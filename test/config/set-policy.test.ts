import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { findPolicy, setPolicy, unsetPolicy } from '../../lib/config/set-policy.ts';
import { makeConfig } from './fixtures.ts';

const config = makeConfig({
  idle: { retain: 1, roles: { trainer: { exempt: true } }, labels: { 'a=1': {}, 'b=1': { exempt: true } } },
});

describe('setPolicy', () => {
  it.each([
    ['idle.mode', 'enforce', { mode: 'enforce' }],
    ['idle.retain', '3', { retain: 3 }],
    ['idle.minimumSavingUsdPerHour', '0.50', { minimumSavingUsdPerHour: '0.5' }],
    ['idle.providers.lambda.mode', 'off', { providers: { 'lambda-labs': { mode: 'off' } } }],
    ['idle.roles.trainer', '{retain: 2}', { roles: { trainer: { retain: 2 } } }],
    [
      'idle.roles.constructor.exempt',
      'true',
      { roles: { trainer: { exempt: true }, constructor: { exempt: true } } },
    ],
  ])('sets %s to %s and leaves the rest', (path, value, expected) => {
    const changed = setPolicy(config, path, value);
    expect(changed).toEqual({ ...config, idle: { ...config.idle, ...expected } });
  });

  it('sets a list as a whole', () => {
    expect(setPolicy(config, 'data.ignore', '["/scratch/**", "*.tmp"]').data).toEqual({
      ignore: ['/scratch/**', '*.tmp'],
    });
  });

  it('keeps the place of a label, and puts a new one last, where it wins', () => {
    const changed = setPolicy(
      setPolicy(config, 'idle.labels.0=1.exempt', 'true'),
      'idle.labels.a=1.exempt',
      'true',
    );
    expect(Object.keys(changed.idle.labels ?? {})).toEqual(['a=1', 'b=1', '0=1']);
  });

  it.each([
    ['idle.mod', 'enforce', /"mod" here; did you mean mode\?/],
    ['idle.provider.vast.mode', 'enforce', /"provider" here; did you mean providers\?/],
    ['idle.roles.trainer.mode', 'enforce', /can stand in idle and idle\.providers/],
    ['idle.mode', 'enforced', /did you mean enforce\?/],
    ['idle.mode', '', /not nothing/],
    ['idle.mode.deep', 'x', /idle\.mode: write one of observe, enforce, off, not a mapping/],
    ['idle.retain', '"1"', /write a whole number/],
    ['idle.retain', '[', /is no YAML/],
    ['data.ignore', '*.tmp', /an alias/],
    ['data.ignore', '["**"]', /fits every file/],
    ['data.ignore[0]', '/x', /leads into a list/],
    ['idle.acknowledgeSeconds', '180', /must be less than/],
  ])('refuses %s %s', (path, value, message) => {
    expect(() => setPolicy(config, path, value)).toThrow(message);
  });
});

describe('unsetPolicy', () => {
  it('takes away one setting, and the mappings that are empty then', () => {
    expect(unsetPolicy(config, 'idle.roles.trainer.exempt').idle).toEqual({
      ...config.idle,
      roles: undefined,
    });
    expect(unsetPolicy(config, 'idle').idle).toEqual({});
  });

  it.each([
    ['idle.mode', /idle\.mode is not set/],
    ['idle.roles.trainr.exempt', /did you mean idle\.roles\.trainer\.exempt/],
    ['idle.mod', /there is no "mod" here; did you mean mode\?/],
  ])('says of %s that nothing is written there', (path, message) => {
    expect(() => unsetPolicy(config, path)).toThrow(message);
  });
});

describe('setPolicy and unsetPolicy', () => {
  it('undo each other, and change nothing that they are given', () => {
    const path = fc.constantFrom(
      'idle.zombieSeconds',
      'idle.providers.vast.zombieSeconds',
      'idle.nodes.n-00000000000a.zombieSeconds',
    );
    fc.assert(
      fc.property(path, fc.integer({ min: 10, max: 9999 }), (at, seconds) => {
        const before = structuredClone(config);
        const changed = setPolicy(config, at, String(seconds));
        expect(findPolicy(changed, at)).toBe(seconds);
        expect(unsetPolicy(changed, at)).toEqual(before);
        expect(config).toEqual(before);
      }),
    );
  });
});
