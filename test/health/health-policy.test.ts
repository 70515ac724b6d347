import { describe, expect, it } from 'vitest';
import { healthConfigSchema, resolveHealthPolicy } from '../../lib/health/health-policy.ts';

const pathsOf = (written: unknown): string[] =>
  healthConfigSchema.safeParse(written).error?.issues.map(({ path }) => path.join('.')) ?? [];

describe('healthConfigSchema', () => {
  it('takes nothing, and what is written over the defaults', () => {
    expect(resolveHealthPolicy(healthConfigSchema.parse({})).disk.degradedPercent).toBe(70);
    const written = healthConfigSchema.parse({ disk: { degradedPercent: 60 } });
    expect(resolveHealthPolicy(written).disk.degradedPercent).toBe(60);
  });

  it.each([
    [{ disk: { degradedPercent: 720 } }, ['disk.degradedPercent']],
    [{ heartbeat: { timeoutSeconds: 89 } }, ['heartbeat.timeoutSeconds']],
    [{ heartbeat: { timeoutSeconds: 90 } }, []],
    [
      { disk: { degradedPercent: 720 }, heartbeat: { timeoutSeconds: 60 } },
      ['disk.degradedPercent', 'heartbeat.timeoutSeconds'],
    ],
  ])('names what is wrong with %o', (written, paths) => {
    expect(pathsOf(written)).toEqual(paths);
  });
});
