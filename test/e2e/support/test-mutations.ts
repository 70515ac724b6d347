import { describe, expect, it } from 'vitest';
import { synthesize } from '../../../local/synth.ts';
import { readAssembly } from '../../../local/template/assembly.ts';
import { enumerateMutations } from './mutation.ts';
import type { Mutation } from './mutation-type.ts';
import { findFailure, scenario } from './scenario.ts';
import type { Check } from './scenario-check.ts';

/** What holds comes true within a fraction of it; a mutation waits that long for what never comes. More on a busy machine. */
const PATIENCES_SECONDS = [3, 6, 12, 24];
/** All of them on a machine that is busy with other work. */
const SLOWEST_MILLISECONDS = 300_000;
/** So long after a check passed without any mutation the machine is no busier: mutations of the same thing come one after the other. */
const PASS_COUNTS_SECONDS = 20;

const assemblyFolder = await synthesize();
const { template } = await readAssembly(assemblyFolder);

/**
 * The checks that are about what was changed, most of it first: one of them must fail. No others: a check that fails for
 * another reason would hide that nothing watches the change.
 */
const checksFor = ({ about }: Mutation): Check[] => {
  // What comes later in `about` is more particular: a check that names the variable comes before one of its function as a whole.
  const nearness = ({ covers }: Check): number =>
    about.reduce((sum, subject, index) => sum + (covers.includes(subject) ? index + 1 : 0), 0);
  return scenario
    .filter((check) => nearness(check) > 0)
    .toSorted((one, other) => nearness(other) - nearness(one));
};

/** Whether a check passes without any mutation, by name and patience, and when that began to be looked at. */
const passes = new Map<string, { readonly passed: Promise<boolean>; readonly startedAt: number }>();

/** Whether the check passes without any mutation, now or a moment ago. */
const passesNow = async (check: Check, patienceSeconds: number): Promise<boolean> => {
  const key = JSON.stringify([check.name, patienceSeconds]);
  const known = passes.get(key);
  if (known !== undefined && performance.now() - known.startedAt < PASS_COUNTS_SECONDS * 1000)
    return known.passed;
  const passed = findFailure({ assemblyFolder, patienceSeconds, template, checks: [check] }).then(
    (failure) => failure === undefined,
  );
  passes.set(key, { passed, startedAt: performance.now() });
  return passed;
};

/**
 * The name of the check that notices the mutation; undefined when all pass. It must pass without the mutation at about the same
 * time, with the same patience: else the machine was only slow, and more patience decides.
 */
const noticedBy = async (mutation: Mutation): Promise<string | undefined> => {
  const checks = checksFor(mutation);
  for (const patienceSeconds of PATIENCES_SECONDS) {
    const failure = await findFailure({
      assemblyFolder,
      patienceSeconds,
      template: mutation.template,
      checks,
    });
    if (failure === undefined) return undefined;
    if (await passesNow(failure.check, patienceSeconds)) return failure.check.name;
  }
  throw new Error('the machine is too busy to tell');
};

/** Those that the same check notices are in one shard, one after the other: it need not pass without the mutation each time. */
const shardOf = (shard: number, shards: number): Mutation[] => {
  const groups = new Map<string | undefined, Mutation[]>();
  for (const mutation of enumerateMutations(template)) {
    const first = checksFor(mutation)[0]?.name;
    groups.set(first, [...(groups.get(first) ?? []), mutation]);
  }
  const parts = Array.from({ length: shards }, (): Mutation[] => []);
  const smallest = (): Mutation[] | undefined => parts.toSorted((one, other) => one.length - other.length)[0];
  for (const group of [...groups.values()].toSorted((one, other) => other.length - one.length))
    smallest()?.push(...group);
  return parts[shard] ?? [];
};

/**
 * The tests of every mutation of this shard: each boots clouds in its own process, and a machine has more than one core. Several at
 * once: most of the time is spent waiting.
 */
const testMutations = (shard: number, shards: number): void => {
  describe.concurrent('a stack with one thing deleted or altered', () => {
    // Not it.each, which cuts long names off.
    for (const mutation of shardOf(shard, shards)) {
      it(
        `is noticed: ${mutation.name}`,
        async ({ annotate }) => {
          const check = await noticedBy(mutation);

          expect(check, 'every check of the scenario that is about it passes').toBeDefined();
          await annotate(`noticed by: ${check}`);
        },
        SLOWEST_MILLISECONDS,
      );
    }
  });
};

export { testMutations };
