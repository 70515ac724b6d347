import { describe, expect, it } from 'vitest';
import { synthesize } from '../../../local/synth.ts';
import { readAssembly } from '../../../local/template/assembly.ts';
import { enumerateMutations } from './mutation.ts';
import type { Mutation } from './mutation-type.ts';
import { findFailure, scenario } from './scenario.ts';
import type { Check } from './scenario-check.ts';

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

/**
 * The tests of every mutation whose number is `shard` modulo `shards`: each boots clouds in its own process, and a machine has more
 * than one core. Several at once: most of the time is spent waiting.
 */
const testMutations = (shard: number, shards: number): void => {
  const mine = enumerateMutations(template).filter((_mutation, index) => index % shards === shard);
  describe.concurrent('a stack with one thing deleted or altered', () => {
    // Not it.each, which cuts long names off.
    for (const mutation of mine) {
      it(`is noticed: ${mutation.name}`, async ({ annotate }) => {
        const check = await noticedBy(mutation);

        expect(check, 'every check of the scenario that is about it passes').toBeDefined();
        await annotate(`noticed by: ${check}`);
      });
    }
  });
};

export { testMutations };
