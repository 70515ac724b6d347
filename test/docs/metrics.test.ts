import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { METRICS } from '../../lib/constants.ts';
import { root } from './pages.ts';

const page = readFileSync(`${root}/docs/operators/monitoring.md`, 'utf8');
const rows = [...page.matchAll(/^\| `([A-Z]\w+)` \| (.+?) \| (.+?) \| (.+) \|$/gm)].map(
  ([, name, unit, by, meaning]) => ({ name, unit, by, meaning }),
);
const { namespace: _namespace, ...metrics } = METRICS;

describe('docs/operators/monitoring.md', () => {
  it('explains every metric, once, in the order of the code', () => {
    expect(rows.map(({ name }) => name)).toEqual(Object.values(metrics));
  });

  it.each(rows)('says the unit of $name, as its name does', ({ name = '', unit }) => {
    expect(unit).toMatch(/^(count|seconds|percent|USD|USD an hour|0 to 100|0 to 2|0 or 1)$/);
    if (name.endsWith('Seconds')) expect(unit).toBe('seconds');
    if (name.endsWith('Percent')) expect(unit).toBe('percent');
    if (name.endsWith('UsdPerHour')) expect(unit).toBe('USD an hour');
  });

  it.each(rows)('cuts $name by service, provider, kind and reason at most, never by node', ({ by }) => {
    expect(by).toMatch(/^service(, provider)?(; also with (provider|kind|reason))?$/);
  });
});
