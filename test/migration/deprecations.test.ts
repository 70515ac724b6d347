import { readFile } from 'node:fs/promises';
import { describe, expect, it } from 'vitest';
import { deprecationCode, describeRemoval, formatPhase } from '../../lib/migration/deprecation.ts';
import { deprecatedModules, deprecations } from '../../lib/migration/deprecations.ts';
import { withMigrationMatrix } from '../../lib/migration/migration-matrix.ts';
import { splitWords } from '../docs/command-lines.ts';
import { root } from '../docs/pages.ts';
import { tryCommand } from '../docs/try-command.ts';

/** The matrix of the guide that teams migrate by. */
const GUIDE = [
  ['cluster_data_sync', 'deprecated', 'HIGH'],
  ['ephemeral_sync', 'deprecated', 'HIGH'],
  ['system_health_monitor', 'deprecated', 'MEDIUM'],
  ['node_health_monitor', 'deprecated', 'LOW'],
  ['sync_coordinator', 'archived', 'COMPLETE'],
  ['unified_event_coordinator', 'archived', 'COMPLETE'],
  ['queue_populator', 'archived', 'COMPLETE'],
  ['model_distribution_daemon', 'archived', 'COMPLETE'],
  ['npz_distribution_daemon', 'archived', 'COMPLETE'],
  ['replication_monitor', 'archived', 'COMPLETE'],
  ['replication_repair_daemon', 'archived', 'COMPLETE'],
  ['lambda_idle_daemon', 'archived', 'COMPLETE'],
  ['vast_idle_daemon', 'archived', 'COMPLETE'],
];
const DUE = {
  deprecation: '2025-12',
  transition: '2026-Q1',
  archival: '2026-Q2',
  removal: '2026-Q3',
} as const;

describe('deprecations', () => {
  it('have the 13 rows of the guide, in its order', () => {
    expect(deprecatedModules.map(({ module, status, priority }) => [module, status, priority])).toEqual(
      GUIDE,
    );
  });

  it.each(deprecatedModules)('have the four dates of the guide for $module', ({ phases, status }) => {
    expect(phases).toEqual({ ...DUE, archival: status === 'archived' ? '2025-12' : '2026-Q2' });
  });

  it('name a module, a daemon and a compatible export once', () => {
    const twice = (names: readonly string[]): string[] =>
      names.filter((name, index) => names.indexOf(name) !== index);
    expect(twice(deprecations.map(({ module }) => module))).toEqual([]);
    expect(twice(deprecations.flatMap(({ daemonTypes }) => daemonTypes))).toEqual([]);
    expect(twice(deprecations.flatMap(({ compat = {} }) => Object.values(compat)))).toEqual([]);
  });

  it.each(deprecations)('list what $module makes compatible, and what warned, among its names', (row) => {
    expect(row.names).toEqual(expect.arrayContaining(Object.keys(row.compat ?? {})));
    expect(row.names).toEqual(expect.arrayContaining([...(row.warned ?? [])]));
  });

  it.each(deprecations.filter(({ replacement }) => replacement.example.startsWith('drover ')))(
    'show a command that exists instead of $module: $replacement.example',
    async ({ replacement }) => {
      expect(await tryCommand(splitWords(replacement.example).slice(1))).toBe('accepted');
    },
  );

  it('say in docs/users/migrating.md what they are: else run `npm run schemas`', async () => {
    const page = await readFile(`${root}/docs/users/migrating.md`, 'utf8');
    expect(withMigrationMatrix(page, new Date())).toBe(page);
  });

  it('refuse a page without the marks', () => {
    expect(() => withMigrationMatrix('# Migrating', new Date())).toThrow(/needs the lines/);
  });
});

describe('describeRemoval', () => {
  it.each([
    ['2026-09-30T23:59:59.999Z', 'removal is due in Q3 2026'],
    ['2026-10-01T00:00:00.000Z', 'removal was due in Q3 2026; kept until Drover 2.0'],
  ])('at %s says "%s"', (now, text) => {
    expect(describeRemoval(DUE, new Date(now))).toBe(text);
  });

  it('names no date where the guide has none', () => {
    expect(describeRemoval(undefined, new Date())).toBe('kept until Drover 2.0');
  });
});

describe('formatPhase', () => {
  it.each([
    ['2025-12', 'December 2025'],
    ['2026-Q1', 'Q1 2026'],
  ] as const)('writes %s as %s', (date, text) => {
    expect(formatPhase(date)).toBe(text);
  });
});

describe('deprecationCode', () => {
  it.each([
    ['getSystemHealth', 'DROVER_DEP_GET_SYSTEM_HEALTH'],
    ['DistributionConfig', 'DROVER_DEP_DISTRIBUTION_CONFIG'],
  ])('of %s is %s', (name, code) => {
    expect(deprecationCode(name)).toBe(code);
  });
});
