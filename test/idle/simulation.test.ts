import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { ForceReason } from '../../lib/idle/decide-force.ts';
import { KEEP_REASONS } from '../../lib/idle/idle-reason.ts';
import { MAY_LOSE_MEANINGS, STEP_MEANINGS } from '../../lib/idle/step-meanings.ts';
import { FAULTS } from './simulation/faults.ts';
import { guardWorld } from './simulation/guard.ts';
import { GUARDS } from './simulation/guards.ts';
import { createPool, type Pool } from './simulation/pool.ts';
import { OTHER_CALLS, STEPS } from './simulation/run-function.ts';
import { totalsOf } from './simulation/totals.ts';

const FIRST_SEED = 1;
/** Of 24 nodes and one day each. */
const WORLDS = 136;
const STEPS_PER_DAY = 1440;
const OFTEN = 100;
/** Two cores that do nothing else need a third of this. */
const SLOWEST_MILLISECONDS = 900_000;
const MOST_SEEDS = 6;

const FORCE_REASONS: Readonly<Record<ForceReason, true>> = {
  forced: true,
  'not-living': true,
  'already-terminating': true,
  'own-machine': true,
  'holds-unreadable': true,
  held: true,
  'data-unknown': true,
  'data-at-risk': true,
};
/** Every reason of every decision about a node's end: a new one fails here until it is reached. */
const REASONS = [KEEP_REASONS, ...[STEP_MEANINGS, MAY_LOSE_MEANINGS, FORCE_REASONS].map(Object.keys)].flat();
const DEATHS = Object.entries(STEPS).flatMap(([name, steps]) => steps.map((step) => `${name} ${step}`));

let pool: Pool;
beforeAll(() => {
  pool = createPool();
});
afterAll(async () => {
  await pool.close();
});

const seedsFrom = (first: number, length: number): number[] =>
  Array.from({ length }, (_, index) => first + index);

describe('simulated fleets in enforce', () => {
  it(
    'lose no data, kill no work, pass no brake, and end what is idle, whatever fails [health-and-idle#1.8-15] [health-and-idle#14-13] [health-and-idle#14-15]',
    async () => {
      const startedAt = performance.now();
      const totals = totalsOf(
        await Promise.all(
          seedsFrom(FIRST_SEED, WORLDS).map((seed) => pool.simulate({ seed, steps: STEPS_PER_DAY })),
        ),
      );
      const { nodeDays, terminations, faults, crashes, reasons, calls } = totals;
      const rare = (names: readonly string[], counts: ReadonlyMap<string, number>) =>
        names.flatMap((name) =>
          (counts.get(name) ?? 0) < OFTEN ? [`${name}: ${counts.get(name) ?? 0}`] : [],
        );
      const sum = (counts: ReadonlyMap<string, number>) => [...counts.values()].reduce((a, b) => a + b, 0);
      process.stdout.write(
        `seeds ${FIRST_SEED} to ${FIRST_SEED + WORLDS - 1}: ${nodeDays} node-days, ${terminations} terminations, ${sum(faults)} faults of ${faults.size} kinds, ${sum(crashes)} crashes at ${crashes.size} steps, ${reasons.size} reasons, ${Math.round((performance.now() - startedAt) / 1000)} s\n`,
      );
      expect(totals.violations).toEqual([]);
      expect(nodeDays).toBeGreaterThanOrEqual(3000);
      expect(terminations).toBeGreaterThanOrEqual(1000);
      expect(rare(FAULTS, faults)).toEqual([]);
      expect(rare(DEATHS, crashes)).toEqual([]);
      expect(REASONS.filter((reason) => !reasons.has(reason))).toEqual([]);
      // A call that is no step to die at would be a gap.
      const steps: ReadonlySet<string> = new Set(Object.values(STEPS).flat());
      expect([...calls].filter((call) => !steps.has(call) && !OTHER_CALLS.has(call))).toEqual([]);
    },
    SLOWEST_MILLISECONDS,
  );
});

describe('one simulated fleet', () => {
  it('is the same again with the same seed', async () => {
    const options = { seed: FIRST_SEED, steps: 300 };
    const [one, other] = await Promise.all([pool.simulate(options), pool.simulate(options)]);
    expect(other).toEqual(one);
  }, 60_000);
});

describe('simulated fleets that nobody lets Drover end', () => {
  it.each(['observe', 'off'] as const)(
    'change nothing but shadows in %s [health-and-idle#1.8-13] [health-and-idle#14-12]',
    async (mode) => {
      const options = { steps: 600, idle: { mode }, weather: { force: 0, modeChange: 0 }, isNeverCalm: true };
      const totals = totalsOf(
        await Promise.all(seedsFrom(FIRST_SEED, 4).map((seed) => pool.simulate({ seed, ...options }))),
      );
      expect(totals).toMatchObject({ violations: [], terminations: 0 });
      expect(totals.events.has('NodeTerminated') || totals.events.has('NodeDrainStarted')).toBe(false);
      expect(totals.matured > 0).toBe(mode === 'observe');
    },
    SLOWEST_MILLISECONDS,
  );
});

describe('a simulated fleet without one guard', () => {
  it('knows at least 15 guards, each by its own name', () => {
    expect(new Set(GUARDS.map(({ name }) => name)).size).toBe(GUARDS.length);
    expect(GUARDS.length).toBeGreaterThanOrEqual(15);
  });

  // Side by side: what is caught ends early, and no core is to wait for the other half of a pair.
  it.concurrent.each(GUARDS)(
    'is caught without $name, and is not with it',
    async (guard) => {
      const { name, violation } = guard;
      let caught: string[] = [];
      for (let seed = FIRST_SEED; caught.length === 0 && seed < FIRST_SEED + MOST_SEEDS; seed += 1) {
        const options = guardWorld(guard, seed);
        const [sabotaged, sound] = await Promise.all([pool.simulate(options, name), pool.simulate(options)]);
        caught = sabotaged.violations.filter((one) => violation.test(one));
        expect(sound.violations).toEqual([]);
      }
      expect(caught).not.toEqual([]);
    },
    SLOWEST_MILLISECONDS,
  );
});
