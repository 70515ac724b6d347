import { describe, expect, it } from 'vitest';
import { idleConfigSchema } from '../../lib/idle/idle-config.ts';
import { problemsOf } from '../config/fixtures.ts';

const refuses = (written: unknown): string => problemsOf(idleConfigSchema, written).join('\n');

describe('idleConfigSchema', () => {
  it.each([
    ['gpuIdlePercent', [0.5, 10, 100], [0, -1, 100.5, '10', null]],
    ['cpuIdlePercent', [1, 100], [0, 101]],
    ['idleThresholdSeconds', [10, 2_592_000], [9, 2_592_001, 60.5, '1800', '30m']],
    ['minimumSamples', [2, 10_000], [1, 10_001]],
    ['bootGraceSeconds', [0, 604_800], [-1, 604_801]],
    ['zombieSeconds', [10], [9]],
    ['pendingWorkLimit', [0], [-1, 1.5]],
    ['retain', [0, 10_000], [-1, 10_001]],
    ['drainPeriodSeconds', [0, 1799], [-1, 1800]],
    ['acknowledgeSeconds', [301, 604_800], [0, 180, 604_801]],
    ['terminationGapSeconds', [0, 86_400], [-1]],
    ['dailyTerminationPercent', [0, 100], [-1, 101]],
    ['dailyTerminationMinimum', [0], [-1]],
    ['minimumSavingUsdPerHour', [0, 0.5, '0.50', 999_999], [-0.1, 1_000_000, '$1', '0.0000001', true]],
    ['leasesOnDrain', ['finish', 'release'], ['kill', '']],
    ['mode', ['observe', 'enforce', 'off'], ['on', 'Enforce', false]],
  ])('holds %s to its range', (setting, good, bad) => {
    for (const value of good) expect(refuses({ [setting]: value }), `${value}`).toBe('');
    for (const value of bad) expect(refuses({ [setting]: value }), `${value}`).not.toBe('');
  });

  it.each([
    ['idle', { exempt: true }],
    ['a role', { roles: { worker: { mode: 'enforce' } } }],
    ['a label', { labels: { 'a=b': { mode: 'enforce' } } }],
    ['a node', { nodes: { 'n-00000000000a': { dailyTerminationPercent: 50 } } }],
    ['a role', { roles: { worker: { terminationGapSeconds: 1 } } }],
    ['a label', { labels: { 'a=b': { retain: 1 } } }],
    ['a node', { nodes: { 'n-00000000000a': { retain: 1 } } }],
  ])('has no setting in %s that has no meaning there: %j', (_where, written) => {
    expect(refuses(written)).toContain('Unrecognized key');
  });

  it.each([
    ['Vast.ai', { providers: { 'Vast.ai': { retain: 1 } } }],
    ['Lambda Labs', { providers: { 'Lambda Labs': { retain: 1 } } }],
    ['VAST', { providers: { VAST: { retain: 1 } } }],
  ])('refuses the display name %s in place of a key [health-and-idle#1.8-14]', (_name, written) => {
    expect(refuses(written)).toContain('Unrecognized key');
  });

  it.each([
    ['a label without a value sign', { labels: { research: {} } }],
    ['an empty label key', { labels: { '=x': {} } }],
    ['an empty role', { roles: { '': {} } }],
    ['a node by its name', { nodes: { 'vast-12': {} } }],
    ['both spellings of one provider', { providers: { lambda: {}, 'lambda-labs': {} } }],
  ])('refuses %s', (_what, written) => {
    expect(refuses(written)).not.toBe('');
  });

  describe('a drain that is given up before its period is over', () => {
    it.each([
      ['idle', { drainPeriodSeconds: 1800 }, ': drainPeriodSeconds (1800) must be less than'],
      ['a provider', { providers: { vast: { acknowledgeSeconds: 180 } } }, 'providers.vast: '],
      ['a role', { roles: { worker: { drainPeriodSeconds: 2000 } } }, 'roles.worker: '],
      ['a label', { labels: { 'a=b': { acknowledgeSeconds: 5 } } }, 'labels.a=b: '],
      ['a node', { nodes: { 'n-00000000000a': { acknowledgeSeconds: 5 } } }, 'nodes.n-00000000000a: '],
      [
        'two levels together',
        { acknowledgeSeconds: 400, roles: { worker: { drainPeriodSeconds: 400 } } },
        'roles.worker: ',
      ],
    ])('is refused in %s', (_where, written, message) => {
      expect(refuses(written)).toContain(message);
    });

    it('is refused only where it is certain: the built-in drain of vast is shorter', () => {
      expect(refuses({ roles: { worker: { acknowledgeSeconds: 200 } } })).toBe('');
      expect(refuses({ roles: { worker: { acknowledgeSeconds: 180 } } })).not.toBe('');
    });
  });
});
