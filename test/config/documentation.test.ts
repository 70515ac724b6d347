import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { BUILT_IN_IGNORE } from '../../lib/config/built-in-ignore.ts';
import { describeDangers } from '../../lib/config/describe-dangers.ts';
import { defaultFleetConfig } from '../../lib/config/fleet-config.ts';
import { nodeConfigurationOf } from '../../lib/config/node-configuration-of.ts';
import { readFleetYaml } from '../../lib/config/read-fleet-yaml.ts';
import { fleetJsonSchema, namesAt, placesOf, schemaAt } from '../../lib/config/schema-tree.ts';
import { explainIdleSetting } from '../../lib/idle/idle-policy.ts';
import { IDLE_SETTINGS, type IdleSetting } from '../../lib/idle/idle-settings.ts';

const read = (file: string): string =>
  readFileSync(new URL(`../../docs/users/${file}`, import.meta.url), 'utf8');

/** `1800 (runpod 1200)`: the value of lambda-labs, and those of the others that differ. */
const defaultOf = (setting: IdleSetting): string => {
  const of = (provider: 'lambda-labs' | 'vast' | 'runpod') =>
    explainIdleSetting({}, { nodeId: '', provider, role: '', labels: {} }, setting).value;
  const others = (['vast', 'runpod'] as const)
    .filter((provider) => of(provider) !== of('lambda-labs'))
    .map((provider) => `${provider} ${of(provider)}`);
  return `${of('lambda-labs')}${others.length === 0 ? '' : ` (${others.join(', ')})`}`;
};

describe('fleet.schema.json', () => {
  it('is what the schema says', () => {
    const written: unknown = JSON.parse(read('fleet.schema.json'));
    expect(written, 'run `npm run schemas` and commit what it writes').toEqual(
      JSON.parse(JSON.stringify(fleetJsonSchema())),
    );
  });

  it('describes every setting, with the number that holds without it', () => {
    for (const setting of IDLE_SETTINGS) {
      const place = setting === 'exempt' ? ['idle', 'roles', 'any', setting] : ['idle', setting];
      expect(schemaAt(place)?.description, setting).toContain(`Default ${defaultOf(setting)}.`);
    }
    for (const name of namesAt(['data'])) expect(schemaAt(['data', name])?.description, name).toBeTruthy();
  });

  it('knows where a name can stand', () => {
    expect(placesOf('mode')).toEqual(['idle', 'idle.providers.<provider>']);
    expect(placesOf('glob')).toEqual([]);
    expect(placesOf('nothing')).toEqual([]);
    expect(schemaAt(['idle', 'roles', 'x', 'mode'])).toBeUndefined();
    expect(schemaAt(['idle', 'constructor'])).toBeUndefined();
  });
});

describe('fleet.example.yaml', () => {
  const example = readFleetYaml(read('fleet.example.yaml'));

  it('is one that can be applied, and ends no instance', () => {
    const dangers = describeDangers(defaultFleetConfig(), example);
    expect(dangers.filter((danger) => danger.includes('ENFORCE'))).toEqual([]);
    expect(
      nodeConfigurationOf(example, { nodeId: 'n-0123456789ab', provider: 'static', role: 'trainer' }),
    ).toMatchObject({
      claim: [{ name: 'selfplay' }, { name: 'runs' }],
      ignore: [...BUILT_IN_IGNORE, '/workspace/scratch/**', '*.tmp', '/workspace/tensorboard/**'],
    });
  });

  it('shows every section and every level', () => {
    expect(Object.keys(example).sort()).toEqual(namesAt([]).sort());
    for (const level of ['providers', 'roles', 'labels', 'nodes'] as const)
      expect(Object.keys(example.idle[level] ?? {}), level).not.toEqual([]);
  });
});

describe('the page about configuration', () => {
  const page = read('configuration.md');

  it.each(IDLE_SETTINGS)('has %s, with the number that holds without it', (setting) => {
    expect(page).toContain(`| \`${setting}\` | ${defaultOf(setting)} |`);
  });
});
