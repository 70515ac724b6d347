import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { KEEP_REASONS } from '../../lib/idle/idle-reason.ts';
import { copyPlain } from './simulation/copy-plain.ts';
import { type SimulationResult, simulate } from './simulation/simulate.ts';
import { FAULTS } from './simulation/simulated-provider.ts';

const FIRST_SEED = 1;
const STEPS = 600;
/** What a run ends at least: in about a minute of one core. */
const TERMINATIONS = 250;

beforeAll(() => {
  vi.stubGlobal('structuredClone', copyPlain);
});
afterAll(() => {
  vi.unstubAllGlobals();
});

describe('a simulated fleet in enforce', () => {
  it('loses no data, kills no work and passes no brake, whatever fails [health-and-idle#1.8-15] [health-and-idle#14-13] [health-and-idle#14-15]', async () => {
    const results: SimulationResult[] = [];
    const sum = (of: (result: SimulationResult) => number): number =>
      results.reduce((total, result) => total + of(result), 0);
    const enough = (): boolean => sum(({ terminations }) => terminations) >= TERMINATIONS;
    for (let seed = FIRST_SEED; !enough() && results.length < 80; seed += 1) {
      const result = await simulate({ seed, steps: STEPS });
      expect(result.violations).toEqual([]);
      results.push(result);
      const ends = result.events.filter(({ name }) => name === 'NodeTerminated');
      for (const { fields } of ends)
        expect(fields).toMatchObject({
          nodeId: expect.stringMatching(/^n-/),
          instanceId: expect.stringMatching(/^i-/),
        });
    }
    const nodeDays = sum(({ nodeSteps }) => nodeSteps) / 1440;
    const terminations = sum((result) => result.terminations);
    const crashes = sum((result) => result.crashes);
    const faults = [...FAULTS, 'delayed' as const, 'repeated' as const].map((fault) => [
      fault,
      sum((result) => result.faults.get(fault) ?? 0),
    ]);
    process.stdout.write(
      `seeds ${FIRST_SEED} to ${results.length}: ${Math.floor(nodeDays)} node-days, ${terminations} terminations, ${crashes} crashes, ${faults.join(' ')}\n`,
    );
    expect(terminations).toBeGreaterThanOrEqual(TERMINATIONS);
    expect(crashes).toBeGreaterThanOrEqual(100);
    for (const [fault, count] of faults) expect([fault, Number(count) >= 10]).toEqual([fault, true]);
    const reached = new Set(results.flatMap(({ reasons }) => [...reasons]));
    process.stdout.write(
      `never the first reason: ${KEEP_REASONS.filter((reason) => !reached.has(reason)).join(' ')}\n`,
    );
    expect(KEEP_REASONS.filter((reason) => reached.has(reason)).length).toBeGreaterThanOrEqual(25);
  }, 240_000);
});

describe('a simulated fleet that nobody lets Drover end', () => {
  it.each(['observe', 'off'] as const)(
    'changes nothing but shadows in %s [health-and-idle#1.8-13] [health-and-idle#14-12]',
    async (mode) => {
      let matured = 0;
      for (let seed = FIRST_SEED; seed < FIRST_SEED + 4; seed += 1) {
        const result = await simulate({ seed, steps: STEPS, mode });
        expect(result).toMatchObject({ violations: [], terminations: 0 });
        expect(
          result.events.filter(({ name }) => name === 'NodeTerminated' || name === 'NodeDrainStarted'),
        ).toEqual([]);
        matured += result.matured;
      }
      expect(matured > 0).toBe(mode === 'observe');
    },
    60_000,
  );
});
