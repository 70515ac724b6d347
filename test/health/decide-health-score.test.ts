import { describe, expect, it } from 'vitest';
import {
  type CircuitFact,
  decideHealthScore,
  type HealthFacts,
} from '../../lib/health/decide-health-score.ts';
import { resolveHealthPolicy } from '../../lib/health/health-policy.ts';
import { countNodes } from '../../lib/health/node-counts.ts';
import type { ErrorMark } from '../../lib/health/outcome-store.ts';
import { known, unknown } from '../../lib/health/reading.ts';
import type { NodeHealthState } from '../../lib/nodes/node-health.ts';
import { atText } from '../nodes/fixtures.ts';

const policy = resolveHealthPolicy({}).score;
const states = (counts: Partial<Record<NodeHealthState, number>>) =>
  known(
    countNodes(
      (['healthy', 'degraded', 'unhealthy', 'unreachable', 'unknown'] as const).flatMap((state) =>
        Array.from({ length: counts[state] ?? 0 }, () => state),
      ),
    ),
  );
const circuits = (open: number, closed: number, critical = false): HealthFacts['circuits'] =>
  known([
    ...Array.from({ length: open }, (): CircuitFact => ({ name: 'training', state: 'open', critical })),
    ...Array.from(
      { length: closed },
      (): CircuitFact => ({ name: 'vast/list', state: 'closed', critical: false }),
    ),
  ]);
/** Of two components, so that neither reaches its cap. */
const errors = (count: number): HealthFacts['errors'] =>
  known(
    Array.from(
      { length: count },
      (_, index): ErrorMark => ({ component: `c${index % 2}`, type: `t${index}`, at: atText(0) }),
    ),
  );
const attempts = (succeeded: number, failed: number) =>
  known([
    ...Array.from({ length: succeeded }, () => ({ succeeded: true })),
    ...Array.from({ length: failed }, () => ({ succeeded: false })),
  ]);
const perfect: HealthFacts = {
  nodes: states({ healthy: 4 }),
  circuits: circuits(0, 4),
  errors: errors(0),
  recoveries: attempts(1, 0),
};
const scoreOf = (changes: Partial<HealthFacts>) => decideHealthScore({ ...perfect, ...changes }, policy);
const componentValue = (changes: Partial<HealthFacts>, component: string) =>
  scoreOf(changes).components.find((one) => one.component === component)?.value;

describe('decideHealthScore', () => {
  // The reference values of the replaced system (health-and-idle.md 4.1).
  it.each([
    ['all is well', {}, 100, 'healthy'],
    ['all nodes are down', { nodes: states({ unreachable: 4 }) }, 60, 'degraded'],
    ['half the nodes are down', { nodes: states({ healthy: 2, unreachable: 2 }) }, 80, 'healthy'],
    ['an error burst', { errors: errors(10) }, 80, 'healthy'],
    ['all down and a burst', { nodes: states({ unhealthy: 4 }), errors: errors(10) }, 40, 'unhealthy'],
    [
      'all down and all circuits open',
      { nodes: states({ unhealthy: 4 }), circuits: circuits(4, 0) },
      35,
      'critical',
    ],
  ] as const)('%s: %#', (_what, changes, score, level) => {
    expect(scoreOf(changes)).toMatchObject({ score, level });
  });

  // 40 % nodes and 60 % errors share the weight here: 40/60 and 20/60.
  it.each([
    [80, 'healthy'],
    [79, 'degraded'],
    [60, 'degraded'],
    [59, 'unhealthy'],
    [40, 'unhealthy'],
    [39, 'critical'],
  ] as const)('a score of %i is %s', (score, level) => {
    const facts = {
      nodes: states({ healthy: score, unreachable: 100 - score }),
      circuits: unknown('not read'),
      errors: unknown('not read'),
      recoveries: unknown('not read'),
    };
    expect(scoreOf(facts)).toMatchObject({ score, level });
  });

  it('rounds down, and thirds that add up to a whole are whole', () => {
    expect(scoreOf({ nodes: states({ healthy: 2, unreachable: 1 }) }).score).toBe(86);
    const thirds = {
      nodes: states({ healthy: 1, unreachable: 2 }),
      circuits: circuits(2, 1),
      recoveries: attempts(1, 2),
    };
    // (40 + 25 + 15) / 3 + 20 = 46.67
    expect(scoreOf(thirds).score).toBe(46);
  });

  it('does not count what is unknown: no node, no attempt, no circuit is no outage [health-and-idle#14-17] [health-and-idle#12-15]', () => {
    const nothing = { nodes: states({}), circuits: known([]), recoveries: known([]) };
    expect(scoreOf(nothing)).toMatchObject({ score: 100, level: 'healthy' });
    expect(scoreOf({ ...nothing, errors: errors(5) }).score).toBe(50);
    const unread = { ...nothing, errors: unknown('throttled') };
    expect(scoreOf(unread)).toMatchObject({ level: 'unknown' });
    expect(scoreOf(unread).score).toBeUndefined();
    expect(scoreOf(unread).components.map(({ explanation }) => explanation)).toEqual([
      'unknown: no node is expected to work',
      'unknown: no circuit was used yet',
      'unknown: throttled',
      'unknown: no attempt to recover ended lately',
    ]);
  });

  it('counts a degraded node as one that works, and judges none that is unknown', () => {
    expect(
      componentValue({ nodes: states({ healthy: 1, degraded: 1, unhealthy: 2, unknown: 4 }) }, 'nodes'),
    ).toBe(50);
  });

  it.each([
    [9, 10],
    [10, 0],
    [11, 0],
  ])('%i errors are %i points [health-and-idle#14-18]', (count, points) => {
    expect(componentValue({ errors: errors(count) }, 'errors')).toBe(points);
  });

  it('counts an error once per component, type and minute, and no component beyond its cap [health-and-idle#4.6-1]', () => {
    const mark = (type: string, minute = 0): ErrorMark => ({
      component: 'vast',
      type,
      at: atText(minute * 60),
    });
    const same = known([mark('timeout'), mark('timeout'), mark('timeout')]);
    const many = known(Array.from({ length: 30 }, (_, index) => mark(`t${index}`)));
    expect(componentValue({ errors: same }, 'errors')).toBe(90);
    expect(componentValue({ errors: known([mark('timeout'), mark('timeout', 1)]) }, 'errors')).toBe(80);
    expect(componentValue({ errors: many }, 'errors')).toBe(50);
  });

  it('takes 20 points more for each open critical circuit, and none for half-open ones', () => {
    expect(componentValue({ circuits: circuits(1, 3) }, 'circuits')).toBe(75);
    expect(componentValue({ circuits: circuits(1, 3, true) }, 'circuits')).toBe(55);
    expect(componentValue({ circuits: circuits(3, 0, true) }, 'circuits')).toBe(0);
    const halfOpen = known([{ name: 'training', state: 'half-open' as const, critical: true }]);
    expect(componentValue({ circuits: halfOpen }, 'circuits')).toBe(100);
  });

  it('explains each component with its weight and inputs', () => {
    const { components } = scoreOf({ nodes: states({ healthy: 3, unreachable: 1 }) });
    expect(components[0]).toMatchObject({
      component: 'nodes',
      weight: 40,
      value: 75,
      inputs: { expected: 4, healthy: 3, unreachable: 1 },
      explanation: '3 of 4 judged nodes work (4 expected)',
    });
  });
});
