import { describe, expect, it } from 'vitest';
import { type Circuit, circuitState } from '../../lib/health/circuit.ts';
import { decideCircuit } from '../../lib/health/decide-circuit.ts';
import { resolveHealthPolicy } from '../../lib/health/health-policy.ts';
import { at, atText } from '../nodes/fixtures.ts';

const policy = resolveHealthPolicy({}).circuit;
type Step = readonly ['failed' | 'completed', second: number, eventId?: string];

const run = (steps: readonly Step[]): Circuit | undefined => {
  let circuit: Circuit | undefined;
  for (const [ended, second, eventId = `e-${second}`] of steps) {
    const stageRun = {
      stage: 'training' as const,
      ended,
      eventId,
      occurredAt: atText(second),
      message: 'out of memory',
    };
    const { action, evidence } = decideCircuit(circuit, stageRun, policy, at(second));
    if (action === 'write') circuit = { ...evidence, revision: 1 };
  }
  return circuit;
};
const failures = (count: number, from = 0): Step[] =>
  Array.from({ length: count }, (_, index) => ['failed', from + index]);
const stateAt = (steps: readonly Step[], second: number) => circuitState(run(steps), policy, at(second));

describe('decideCircuit', () => {
  it.each([
    [4, 'closed'],
    [5, 'open'],
  ])('after %i failures in a row the circuit is %s [health-and-idle#14-26]', (count, state) => {
    expect(stateAt(failures(count), 10)).toBe(state);
    expect(run(failures(count))).toMatchObject({ failures: count, lastFailure: 'out of memory' });
  });

  it('starts to count anew after a success [health-and-idle#7-a]', () => {
    expect(stateAt([...failures(4), ['completed', 10], ...failures(4, 20)], 30)).toBe('closed');
  });

  it('counts an event once, however often it comes, and no failure from before the last success', () => {
    const repeated: Step[] = Array.from({ length: 9 }, (_, index) => ['failed', index, 'e-same']);
    expect(run(repeated)?.failures).toBe(1);
    const late: Step[] = [['completed', 100], ...failures(9)];
    expect(run(late)?.failures).toBe(0);
  });

  it.each([
    [4 + 119, 'open'],
    [4 + 120, 'half-open'],
    [4 + 3599, 'half-open'],
    // Nobody tried for an hour: every block ends.
    [4 + 3600, 'closed'],
  ])('%i s on, the circuit is %s [health-and-idle#12-25]', (second, state) => {
    expect(stateAt(failures(5), second)).toBe(state);
  });

  it('is closed by proof of success, and opened again by one failure while half-open', () => {
    expect(stateAt([...failures(5), ['completed', 200]], 201)).toBe('closed');
    expect(stateAt([...failures(5), ['failed', 200]], 201)).toBe('open');
    expect(stateAt([...failures(5), ['failed', 200]], 320)).toBe('half-open');
  });

  it('does not prolong the wait by failures of runs that were under way', () => {
    expect(stateAt([...failures(5), ['failed', 60]], 4 + 120)).toBe('half-open');
  });

  it('needs five failures again after it was forgotten', () => {
    expect(stateAt([...failures(5), ['failed', 4000]], 4001)).toBe('closed');
    expect(stateAt([...failures(5), ...failures(5, 4000)], 4010)).toBe('open');
  });
});
