import { describe, expect, it } from 'vitest';
import { synthesize } from '../../local/synth.ts';
import { readAssembly } from '../../local/template/assembly.ts';
import { scenario } from './support/scenario.ts';
import { openStage } from './support/scenario-stage.ts';

/** Far above what any check takes: the machine may be busy. */
const PATIENCE_SECONDS = 75;

const assemblyFolder = await synthesize();
const { template } = await readAssembly(assemblyFolder);

/** All other promises of the wiring are kept in wiring.test.ts: these need clouds whose schedules run. */
describe('the wiring of the stack', () => {
  it('runs what is scheduled each minute as long as nothing is', async () => {
    const checks = scenario.filter(({ cloud }) => cloud === 'scheduled');

    // As few clouds as can be: the functions of each all start at the turn of its minute.
    const clouds = [
      checks.filter(({ isAlone }) => isAlone !== true),
      ...checks.filter(({ isAlone }) => isAlone).map((check) => [check]),
    ];

    const ends = await Promise.all(
      clouds.map(async (group) => {
        const stage = await openStage({
          assemblyFolder,
          template,
          kind: 'scheduled',
          patienceSeconds: PATIENCE_SECONDS,
        });
        const settled = await Promise.allSettled(group.map(async ({ run }) => await run(stage)));
        await stage.close();
        return settled;
      }),
    );

    expect(ends.flat().flatMap((end) => (end.status === 'rejected' ? [end.reason] : []))).toEqual([]);
  });
});
