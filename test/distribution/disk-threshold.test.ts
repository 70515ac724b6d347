import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { distributionPolicySchema } from '../../lib/distribution/policy.ts';
import { readSources } from '../rules/read-sources.ts';

const shipped = (await readSources(fileURLToPath(new URL('../..', import.meta.url)))).filter(({ path }) =>
  /^(lib|functions|agent|cli|infra)\//.test(path),
);

describe('the disk threshold', () => {
  it('is 70 % unless the policy says otherwise', () => {
    expect(distributionPolicySchema.parse({}).maxDiskUsedPercent).toBe(70);
  });

  it('[events#5-25] [health-and-idle#12-30] is compared with where a policy of its own decides, and never with a number', () => {
    const comparisons = shipped.flatMap(({ path, executable }) =>
      [...executable.matchAll(/\busedPercent\s*[<>]=?\s*([\w.]+)/gi)].map((match) => [path, match[1]]),
    );
    const places = new Set(comparisons.map(([path]) => path));
    expect([...places].sort()).toEqual([
      'lib/distribution/decide-targets.ts',
      'lib/health/node-problems.ts',
      'lib/sync/disk-tier.ts',
      'lib/work/disk-full.ts',
    ]);
    for (const [, limit] of comparisons) expect(limit).toMatch(/^policy\./);
  });
});
