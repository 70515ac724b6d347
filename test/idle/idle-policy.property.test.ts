import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { explainIdleSetting, resolveIdlePolicy } from '../../lib/idle/idle-policy.ts';
import { IDLE_SETTINGS } from '../../lib/idle/idle-settings.ts';
import { makeConfig } from '../config/fixtures.ts';

const settings = fc.record(
  {
    exempt: fc.boolean(),
    gpuIdlePercent: fc.integer({ min: 1, max: 100 }),
    minimumSamples: fc.integer({ min: 2, max: 50 }),
    minimumSavingUsdPerHour: fc.constantFrom(0, 0.1, '2.50'),
    leasesOnDrain: fc.constantFrom('finish' as const, 'release' as const),
  },
  { requiredKeys: [] },
);
const words = ['a', 'b', 'constructor', 'valueOf'] as const;
const base = settings.map(({ exempt: _exempt, ...rest }) => rest);
const config = fc
  .record({
    base,
    providers: fc.dictionary(fc.constantFrom('vast', 'lambda', 'runpod', 'static'), settings),
    roles: fc.dictionary(fc.constantFrom(...words), settings),
    labels: fc.dictionary(fc.constantFrom('a=1', 'a=2', 'b=1'), settings),
    nodes: fc.dictionary(fc.constantFrom('n-00000000000a', 'n-00000000000b'), settings),
  })
  .map(({ base, ...levels }) => makeConfig({ idle: { ...base, ...levels } }).idle);
const node = fc.record({
  nodeId: fc.constantFrom('n-00000000000a', 'n-00000000000b', 'n-00000000000c'),
  provider: fc.constantFrom('vast' as const, 'lambda-labs' as const, 'runpod' as const, 'static' as const),
  role: fc.constantFrom(...words),
  labels: fc.dictionary(fc.constantFrom('a', 'b'), fc.constantFrom('1', '2')),
});

const freeze = <Value>(value: Value): Value => {
  if (typeof value === 'object' && value !== null) Object.values(value).forEach(freeze);
  return Object.freeze(value);
};

describe('resolveIdlePolicy, for every configuration and node', () => {
  it('changes nothing that it is given, answers the same again, and knows every setting', () => {
    fc.assert(
      fc.property(config, node, (idle, of) => {
        freeze(idle);
        freeze(of);
        const policy = resolveIdlePolicy(idle, of);
        // Nodes share an answer, so nobody may change it.
        expect(Object.isFrozen(policy)).toBe(true);
        expect(resolveIdlePolicy(structuredClone(idle), structuredClone(of))).toEqual(policy);
        expect(Object.values(policy).every((value) => value !== undefined)).toBe(true);
      }),
    );
  });

  it('takes each setting from the level that it names, which applies to the node', () => {
    fc.assert(
      fc.property(config, node, (idle, of) => {
        const applies = [
          'built-in',
          'idle',
          `idle.providers.${of.provider}`,
          `idle.roles.${of.role}`,
          ...Object.entries(of.labels).map(([key, value]) => `idle.labels."${key}=${value}"`),
          `idle.nodes.${of.nodeId}`,
        ];
        for (const setting of IDLE_SETTINGS)
          expect(applies).toContain(explainIdleSetting(idle, of, setting).from);
      }),
    );
  });
});
