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

  it('[events#5-25] [health-and-idle#12-30] is compared with in one place, and never with a number of its own', () => {
    const comparisons = shipped.flatMap(({ path, executable }) =>
      [...executable.matchAll(/\busedPercent\s*[<>]=?\s*([\w.]+)/gi)].map((match) => [path, match[1]]),
    );
    expect(comparisons).toEqual([['lib/distribution/decide-targets.ts', 'policy.maxDiskUsedPercent']]);
  });
});
