import { describe, expect, it } from 'vitest';
import { synthesize } from '../../local/synth.ts';
import { readAssembly } from '../../local/template/assembly.ts';
import { enumerateMutations } from './support/mutation.ts';
import type { Mutation } from './support/mutation-type.ts';
import { findFailure, scenario } from './support/scenario.ts';
import type { Check } from './support/scenario-check.ts';
import { openStage } from './support/scenario-stage.ts';

/** What holds comes true within a fraction of it; a mutation waits that long for what never comes. More on a busy machine. */
const PATIENCES_SECONDS = [3, 6, 12, 24];

const assemblyFolder = await synthesize();
const { template } = await readAssembly(assemblyFolder);

/**
 * The checks that are about what was changed, most of it first: one of them must fail. No others: a check that fails for
 * another reason would hide that nothing watches the change.
 */
const checksFor = ({ about }: Mutation): Check[] => {
  const shared = ({ covers }: Check): number => covers.filter((subject) => about.includes(subject)).length;
  return scenario.filter((check) => shared(check) > 0).toSorted((one, other) => shared(other) - shared(one));
};

/**
 * The name of the check that notices the mutation; undefined when all pass. It must pass without the mutation right after,
 * with the same patience: else the machine was only slow, and more patience decides.
 */
const noticedBy = async (mutation: Mutation): Promise<string | undefined> => {
  for (const patienceSeconds of PATIENCES_SECONDS) {
    const run = { assemblyFolder, patienceSeconds };
    const failure = await findFailure({ ...run, template: mutation.template, checks: checksFor(mutation) });
    if (failure === undefined) return undefined;
    if (failure.check.cloud === 'scheduled') return failure.check.name;
    if ((await findFailure({ ...run, template, checks: [failure.check] })) === undefined)
      return failure.check.name;
  }
  throw new Error('the machine is too busy to tell');
};

/** Several at once: almost all of the time is spent waiting. */
describe.concurrent('a stack with one thing deleted or altered', () => {
  // Beside the others, because it takes more than a minute. All other promises are kept in wiring.test.ts.
  it('runs what is scheduled each minute as long as nothing is', async () => {
    const checks = scenario.filter(({ cloud }) => cloud === 'scheduled');

    // As few clouds as can be: the functions of each all start at the turn of its minute.
    const clouds = [
      checks.filter(({ isAlone }) => isAlone !== true),
      ...checks.filter(({ isAlone }) => isAlone).map((check) => [check]),
    ];

    const ends = await Promise.all(
      clouds.map(async (group) => {
        const stage = await openStage({ assemblyFolder, template, kind: 'scheduled', patienceSeconds: 0 });
        const settled = await Promise.allSettled(group.map(async ({ run }) => await run(stage)));
        await stage.close();
        return settled;
      }),
    );

    expect(ends.flat().flatMap((end) => (end.status === 'rejected' ? [end.reason] : []))).toEqual([]);
  });

  // Not it.each, which cuts long names off.
  for (const mutation of enumerateMutations(template)) {
    it(`is noticed: ${mutation.name}`, async ({ annotate }) => {
      const check = await noticedBy(mutation);

      expect(check, 'every check of the scenario that is about it passes').toBeDefined();
      await annotate(`noticed by: ${check}`);
    });
  }
});
