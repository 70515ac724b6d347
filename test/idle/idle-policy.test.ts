import { describe, expect, it } from 'vitest';
import {
  explainIdleSetting,
  idleCriteriaDigest,
  type PolicyNode,
  resolveIdlePolicy,
} from '../../lib/idle/idle-policy.ts';
import { IDLE_SETTINGS } from '../../lib/idle/idle-settings.ts';
import { makeConfig } from '../config/fixtures.ts';

const NODE_ID = 'n-00000000000a';
const makeNode = (changes: Partial<PolicyNode> = {}): PolicyNode => ({
  nodeId: NODE_ID,
  provider: 'vast',
  role: 'trainer',
  labels: { team: 'research', site: 'eu' },
  ...changes,
});

describe('resolveIdlePolicy', () => {
  it.each([
    ['lambda-labs', 1800, 5, 1_000_000, 1, 300],
    ['vast', 1800, 3, 100_000, 0, 180],
    ['runpod', 1200, 5, 500_000, 1, 240],
    ['static', 1800, 5, 1_000_000, 1, 300],
  ] as const)(
    'has the built-in numbers of %s, half an hour for vast [health-and-idle#12-1]',
    (provider, idleThresholdSeconds, pendingWorkLimit, saving, retain, drainPeriodSeconds) => {
      expect(resolveIdlePolicy({}, makeNode({ provider }))).toEqual({
        mode: 'observe',
        exempt: false,
        gpuIdlePercent: 10,
        cpuIdlePercent: 20,
        idleThresholdSeconds,
        minimumSamples: 10,
        bootGraceSeconds: 900,
        zombieSeconds: 600,
        pendingWorkLimit,
        minimumSavingMicroUsdPerHour: saving,
        retain,
        drainPeriodSeconds,
        acknowledgeSeconds: 1800,
        leasesOnDrain: 'finish',
        terminationGapSeconds: 300,
        dailyTerminationPercent: 20,
        dailyTerminationMinimum: 2,
      });
    },
  );

  /** Each level says its own number; the strongest that is left must win. */
  const levels = [
    ['idle.nodes.n-00000000000a', { nodes: { [NODE_ID]: { zombieSeconds: 16 } } }, 16],
    ['idle.labels."site=eu"', { labels: { 'site=eu': { zombieSeconds: 15 } } }, 15],
    ['idle.roles.trainer', { roles: { trainer: { zombieSeconds: 13 } } }, 13],
    ['idle.providers.vast', { providers: { vast: { zombieSeconds: 12 } } }, 12],
    ['idle', { zombieSeconds: 11 }, 11],
  ] as const;

  it.each(levels.map(([from, , seconds], index) => [from, seconds, index] as const))(
    'lets %s win over all that come before it',
    (from, seconds, index) => {
      const written = Object.assign({}, ...levels.slice(index).map(([, level]) => level));
      const { idle } = makeConfig({ idle: written });
      expect(explainIdleSetting(idle, makeNode(), 'zombieSeconds').from).toBe(from);
      expect(resolveIdlePolicy(idle, makeNode()).zombieSeconds).toBe(seconds);
    },
  );

  it('decides setting by setting: a level only changes what it names', () => {
    const { idle } = makeConfig({
      idle: { retain: 4, roles: { trainer: { retain: 2 } }, labels: { 'team=research': { exempt: true } } },
    });
    expect(resolveIdlePolicy(idle, makeNode())).toMatchObject({
      retain: 2,
      exempt: true,
      zombieSeconds: 600,
    });
    expect(resolveIdlePolicy(idle, makeNode({ role: 'worker', labels: {} }))).toMatchObject({
      retain: 4,
      exempt: false,
    });
  });

  it('takes the later in the file of several labels that fit', () => {
    const first = { 'team=research': { minimumSamples: 5 }, 'site=eu': { minimumSamples: 6 } };
    const other = { 'site=eu': { minimumSamples: 6 }, 'team=research': { minimumSamples: 5 } };
    const samples = (labels: typeof first | typeof other) =>
      explainIdleSetting(makeConfig({ idle: { labels } }).idle, makeNode(), 'minimumSamples');
    expect(samples(first)).toEqual({ value: 6, from: 'idle.labels."site=eu"' });
    expect(samples(other)).toEqual({ value: 5, from: 'idle.labels."team=research"' });
  });

  it.each([
    ['a part of the value', { 'team=res': { exempt: true } }],
    ['a longer value', { 'team=research2': { exempt: true } }],
    ['an empty value', { 'team=': { exempt: true } }],
    ['another case', { 'Team=research': { exempt: true } }],
  ])('fits no label by %s', (_what, labels) => {
    expect(resolveIdlePolicy(makeConfig({ idle: { labels } }).idle, makeNode()).exempt).toBe(false);
  });

  it('exempts a role whatever its provider [health-and-idle#12-4]', () => {
    const { idle } = makeConfig({ idle: { roles: { trainer: { exempt: true } } } });
    for (const provider of ['lambda-labs', 'vast', 'runpod'] as const) {
      expect(resolveIdlePolicy(idle, makeNode({ provider })).exempt).toBe(true);
      expect(resolveIdlePolicy(idle, makeNode({ provider, role: 'worker' })).exempt).toBe(false);
    }
  });

  it('knows a provider by its key, with `lambda` for `lambda-labs` [health-and-idle#1.8-14]', () => {
    const { idle } = makeConfig({ idle: { providers: { lambda: { mode: 'enforce', retain: 7 } } } });
    const lambda = makeNode({ provider: 'lambda-labs' });
    expect(resolveIdlePolicy(idle, lambda)).toMatchObject({ mode: 'enforce', retain: 7 });
    expect(explainIdleSetting(idle, lambda, 'mode').from).toBe('idle.providers.lambda-labs');
    expect(resolveIdlePolicy(idle, makeNode())).toMatchObject({ mode: 'observe', retain: 0 });
  });

  it('switches each provider off, and on again, by what is written alone [health-and-idle#12-3]', () => {
    for (const provider of ['lambda-labs', 'vast', 'runpod', 'static'] as const) {
      const modeWith = (idle: Parameters<typeof makeConfig>[0]) =>
        resolveIdlePolicy(makeConfig(idle).idle, makeNode({ provider })).mode;
      expect(modeWith({})).toBe('observe');
      expect(modeWith({ idle: { providers: { [provider]: { mode: 'off' } } } })).toBe('off');
      expect(modeWith({ idle: { mode: 'off', providers: { [provider]: { mode: 'enforce' } } } })).toBe(
        'enforce',
      );
    }
  });

  it.each(['constructor', 'toString', 'hasOwnProperty'])(
    'takes nothing for a role called %s that is not written',
    (role) => {
      const { idle } = makeConfig({ idle: { roles: { worker: { retain: 3 } } } });
      expect(resolveIdlePolicy(idle, makeNode({ role }))).toEqual(resolveIdlePolicy({}, makeNode()));
    },
  );

  it.each([
    [1, 1_000_000],
    ['1.00', 1_000_000],
    [0.1, 100_000],
    ['0.000001', 1],
    [0, 0],
    [0.30000000000000004, undefined],
    ['.5', undefined],
    ['1e3', undefined],
    [-1, undefined],
    [Number.NaN, undefined],
  ])('reads a saving of %j dollars as %s micro-dollars', (minimumSavingUsdPerHour, expected) => {
    const read = (): number =>
      resolveIdlePolicy(makeConfig({ idle: { minimumSavingUsdPerHour } }).idle, makeNode())
        .minimumSavingMicroUsdPerHour;
    if (expected === undefined) expect(read).toThrow(/write dollars as/);
    else expect(read()).toBe(expected);
  });
});

describe('explainIdleSetting', () => {
  it('says of every setting where it comes from', () => {
    const { idle } = makeConfig({ idle: { retain: 2, providers: { vast: { mode: 'enforce' } } } });
    const from = Object.fromEntries(
      IDLE_SETTINGS.map((setting) => [setting, explainIdleSetting(idle, makeNode(), setting).from]),
    );
    expect(from).toMatchObject({ retain: 'idle', mode: 'idle.providers.vast', exempt: 'built-in' });
    expect(IDLE_SETTINGS).toHaveLength(17);
  });
});

describe('idleCriteriaDigest', () => {
  const policy = resolveIdlePolicy({}, makeNode());

  it('changes with the limits of a heartbeat, and with nothing else', () => {
    const digest = idleCriteriaDigest(policy);
    expect(digest).toMatch(/^[0-9a-f]{24}$/);
    expect(idleCriteriaDigest({ ...policy, gpuIdlePercent: 11 })).not.toBe(digest);
    expect(idleCriteriaDigest({ ...policy, cpuIdlePercent: 10, gpuIdlePercent: 20 })).not.toBe(digest);
    expect(idleCriteriaDigest(resolveIdlePolicy({ retain: 9 }, makeNode({ provider: 'runpod' })))).toBe(
      digest,
    );
  });
});
