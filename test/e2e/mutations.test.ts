import { describe, expect, it } from 'vitest';
import { synthesize } from '../../local/synth.ts';
import { readAssembly } from '../../local/template/assembly.ts';
import { enumerateMutations, type Mutation } from './support/mutation.ts';
import { type Check, findFailure, scenario } from './support/scenario.ts';

/** What holds comes true within a fraction of it; each mutation waits that long for what never comes. */
const PATIENCE_SECONDS = 3;

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

const isSlow = ({ cloud }: Check): boolean => cloud === 'scheduled';

/** Several at once: almost all of the time is spent waiting. */
describe.concurrent('a stack with one thing deleted or altered', () => {
  it.each([
    { promises: 'of the schedule', checks: scenario.filter(isSlow) },
    { promises: 'but that of the schedule', checks: scenario.filter((check) => !isSlow(check)) },
  ])('as long as nothing is, keeps every promise $promises', async ({ checks }) => {
    const failure = await findFailure({
      assemblyFolder,
      template,
      checks,
      patienceSeconds: PATIENCE_SECONDS,
    });

    expect(failure).toBeUndefined();
  });

  // Not it.each, which cuts long names off.
  for (const mutation of enumerateMutations(template)) {
    it(`is noticed: ${mutation.name}`, async ({ annotate }) => {
      const failure = await findFailure({
        assemblyFolder,
        template: mutation.template,
        checks: checksFor(mutation),
        patienceSeconds: PATIENCE_SECONDS,
      });

      expect(failure, 'every check of the scenario that is about it passes').toBeDefined();
      await annotate(`noticed by: ${failure?.check}`);
    });
  }
});
