import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { decidePause, type PauseInputs } from '../../lib/health/decide-pause.ts';
import { resolveHealthPolicy } from '../../lib/health/health-policy.ts';
import type { Pause, PauseTriggerName } from '../../lib/health/pause.ts';
import { at, atText } from '../nodes/fixtures.ts';

const policy = resolveHealthPolicy({}).pause;
const good: PauseInputs = { triggers: [], unproven: [], score: 100, observerSuspect: false };
const triggered = (...names: PauseTriggerName[]): PauseInputs => ({
  ...good,
  triggers: names.map((trigger) => ({ trigger, message: `${trigger}: so it is` })),
});
/** The machine after these inputs, one a minute. */
const run = (inputs: readonly PauseInputs[], everySeconds = 60): Pause[] => {
  const states: Pause[] = [];
  for (const [index, one] of inputs.entries()) {
    const { evidence } = decidePause(states.at(-1), one, policy, at(index * everySeconds));
    states.push({ ...evidence, revision: index + 1 });
  }
  return states;
};
const statesOf = (inputs: readonly PauseInputs[], everySeconds?: number) =>
  run(inputs, everySeconds).map(({ state }) => state);

describe('decidePause', () => {
  it('pauses at once for an open critical circuit', () => {
    expect(statesOf([triggered('critical-circuit-open')])).toEqual(['paused']);
  });

  it.each(['score-critical', 'nodes-not-operational', 'error-burst'] as const)(
    'pauses for %s when it holds for two evaluations in a row',
    (trigger) => {
      expect(statesOf([triggered(trigger), triggered(trigger)])).toEqual(['running', 'paused']);
      expect(statesOf([triggered(trigger), good, triggered(trigger)])).toEqual([
        'running',
        'running',
        'running',
      ]);
    },
  );

  it('does not add up different triggers', () => {
    expect(statesOf([triggered('error-burst'), triggered('score-critical')])).toEqual(['running', 'running']);
  });

  it.each([
    [59, ['paused', 'paused', 'paused', 'recovering', 'running']],
    [60, ['paused', 'paused', 'recovering', 'running', 'running']],
  ])(
    'leaves a pause after 120 s at the earliest, by way of recovering, at an evaluation each %i s [health-and-idle#14-20]',
    (everySeconds, states) => {
      const inputs = [triggered('critical-circuit-open'), good, good, good, good];
      expect(statesOf(inputs, everySeconds)).toEqual(states);
    },
  );

  it.each([
    ['a score of 59', { ...good, score: 59 }, 'score-too-low'],
    ['an unknown score', { ...good, score: undefined }, 'score-too-low'],
    ['a half-open circuit', { ...good, unproven: ['training'] }, 'stage-unproven'],
    ['a suspect observer', { ...good, observerSuspect: true }, 'observer-suspect'],
    ['a trigger', triggered('error-burst'), 'still-triggered'],
  ])('is kept by %s, also on the way out', (_what, inputs, reason) => {
    const paused = run([triggered('critical-circuit-open')])[0];
    const recovering = run([triggered('critical-circuit-open'), good, good])[2];
    expect(decidePause(paused, inputs, policy, at(600))).toMatchObject({ action: 'keep', reason });
    expect(decidePause(recovering, inputs, policy, at(600))).toMatchObject({ action: 'relapse', reason });
  });

  it('leaves at a score of 60', () => {
    const paused = run([triggered('critical-circuit-open')])[0];
    expect(decidePause(paused, { ...good, score: 60 }, policy, at(120)).action).toBe('recover');
  });

  it('says why it pauses, what is new meanwhile, and what keeps it', () => {
    const states = run([triggered('critical-circuit-open'), { ...good, unproven: ['training'] }, good]);
    expect(states.map(({ reasons }) => reasons[0])).toEqual([
      'critical-circuit-open: so it is',
      'stage-unproven: no run of training has succeeded since its circuit opened',
      'stage-unproven: no run of training has succeeded since its circuit opened',
    ]);
    expect(states[2]).toMatchObject({ pausedAt: atText(0) });
  });

  it('never leaves a pause early and never stays after its conditions hold, whatever comes', () => {
    const input = fc.record({
      triggers: fc.subarray([
        'score-critical',
        'nodes-not-operational',
        'critical-circuit-open',
        'error-burst',
      ] as const),
      unproven: fc.boolean(),
      score: fc.option(fc.integer({ min: 0, max: 100 }), { nil: undefined }),
      suspect: fc.boolean(),
      gap: fc.integer({ min: 1, max: 200 }),
    });
    return fc.assert(
      fc.property(fc.array(input, { maxLength: 60 }), (steps) => {
        let before: Pause | undefined;
        let second = 0;
        let quietTwice = 0;
        for (const [index, step] of steps.entries()) {
          second += step.gap;
          const inputs: PauseInputs = {
            ...triggered(...step.triggers),
            unproven: step.unproven ? ['training'] : [],
            score: step.score,
            observerSuspect: step.suspect,
          };
          const { evidence } = decidePause(before, inputs, policy, at(second));
          const pausedFor =
            before?.pausedAt === undefined
              ? 0
              : second - (Date.parse(before.pausedAt) - at(0).getTime()) / 1000;
          const isQuiet =
            step.triggers.length === 0 &&
            !step.unproven &&
            !step.suspect &&
            (step.score ?? 0) >= 60 &&
            pausedFor >= 120;
          quietTwice = isQuiet ? quietTwice + 1 : 0;
          if (before !== undefined && before.state !== 'running') {
            expect(evidence.state === 'running').toBe(quietTwice >= 2);
          }
          if (step.triggers.includes('critical-circuit-open')) expect(evidence.state).toBe('paused');
          before = { ...evidence, revision: index + 1 };
          if (evidence.state === 'running' || evidence.state === 'paused') quietTwice = 0;
        }
      }),
      { numRuns: 300 },
    );
  });
});
