import type { CircuitState } from './circuit.ts';
import type { HealthLevel } from './fleet-health.ts';
import type { ComponentName, HealthComponent } from './health-component.ts';
import type { HealthPolicy } from './health-policy.ts';
import type { NodeCounts } from './node-counts.ts';
import type { ErrorMark, RecoveryMark } from './outcome-store.ts';
import type { Reading } from './reading.ts';

interface HealthScore {
  /** 0 to 100; absent = nothing is known. */
  readonly score?: number;
  readonly level: HealthLevel;
  readonly components: readonly HealthComponent[];
}

/** A breaker: of a provider's API, or of a stage of the pipeline. */
interface CircuitFact {
  readonly name: string;
  readonly state: CircuitState;
  readonly critical: boolean;
}

interface HealthFacts {
  readonly nodes: Reading<NodeCounts>;
  readonly circuits: Reading<readonly CircuitFact[]>;
  readonly errors: Reading<readonly ErrorMark[]>;
  readonly recoveries: Reading<readonly Pick<RecoveryMark, 'succeeded'>[]>;
}

/** As the system that Drover replaces weighed them (health-and-idle.md 4.1). */
const WEIGHTS: Readonly<Record<ComponentName, number>> = {
  nodes: 40,
  circuits: 25,
  errors: 20,
  recovery: 15,
};
const POINTS_PER_OPEN_CRITICAL_CIRCUIT = 20;

const component = (
  name: ComponentName,
  explanation: string,
  inputs: Readonly<Record<string, number>> = {},
  value?: number,
): HealthComponent => ({
  component: name,
  weight: WEIGHTS[name],
  ...(value === undefined ? {} : { value }),
  inputs: { ...inputs },
  explanation,
});

const scoreNodes = (reading: HealthFacts['nodes']): HealthComponent => {
  if (!reading.known) return component('nodes', `unknown: ${reading.why}`);
  const counts = reading.value;
  const judged = counts.expected - counts.unknown;
  const operational = counts.healthy + counts.degraded;
  if (judged === 0) {
    const why = counts.expected === 0 ? 'no node is expected to work' : 'no node could be judged yet';
    return component('nodes', `unknown: ${why}`, counts);
  }
  return component(
    'nodes',
    `${operational} of ${judged} judged nodes work (${counts.expected} expected)`,
    counts,
    (operational / judged) * 100,
  );
};

const scoreCircuits = (reading: HealthFacts['circuits']): HealthComponent => {
  if (!reading.known) return component('circuits', `unknown: ${reading.why}`);
  const total = reading.value.length;
  if (total === 0) return component('circuits', 'unknown: no circuit was used yet');
  const open = reading.value.filter(({ state }) => state === 'open');
  const critical = open.filter((circuit) => circuit.critical).length;
  const closedPercent = ((total - open.length) / total) * 100;
  const names = open.length === 0 ? '' : `: ${open.map(({ name }) => name).join(', ')}`;
  return component(
    'circuits',
    `${open.length} of ${total} circuits are open, ${critical} of them critical${names}`,
    { total, open: open.length, openCritical: critical },
    Math.max(0, closedPercent - critical * POINTS_PER_OPEN_CRITICAL_CIRCUIT),
  );
};

/** Each component and type once a minute, and no component more often than its cap: one broken part is no burst. */
const countErrors = (marks: readonly ErrorMark[], cap: number): number => {
  const kinds = new Map<string, Set<string>>();
  for (const { component: name, type, at } of marks) {
    const ofComponent = kinds.get(name) ?? new Set<string>();
    kinds.set(name, ofComponent.add(`${at}#${type}`));
  }
  return [...kinds.values()].reduce((total, { size }) => total + Math.min(cap, size), 0);
};

const scoreErrors = (reading: HealthFacts['errors'], policy: HealthPolicy['score']): HealthComponent => {
  if (!reading.known) return component('errors', `unknown: ${reading.why}`);
  const count = countErrors(reading.value, policy.errorsPerComponent);
  const { errorsForZero, errorWindowSeconds } = policy;
  return component(
    'errors',
    `${count} errors in ${errorWindowSeconds} s, ${errorsForZero} are no points`,
    { count },
    (Math.max(0, errorsForZero - count) / errorsForZero) * 100,
  );
};

const scoreRecovery = (reading: HealthFacts['recoveries']): HealthComponent => {
  if (!reading.known) return component('recovery', `unknown: ${reading.why}`);
  const finished = reading.value.length;
  if (finished === 0) return component('recovery', 'unknown: no attempt to recover ended lately');
  const succeeded = reading.value.filter((attempt) => attempt.succeeded).length;
  return component(
    'recovery',
    `${succeeded} of ${finished} finished attempts to recover succeeded`,
    { finished, succeeded },
    (succeeded / finished) * 100,
  );
};

const levelOf = (score: number): HealthLevel => {
  if (score >= 80) return 'healthy';
  if (score >= 60) return 'degraded';
  return score >= 40 ? 'unhealthy' : 'critical';
};

/** Sums of thirds may miss a whole number by this much; no real value does. */
const ROUNDING = 1e-9;

/** The one score of the system, 0 to 100, with what explains it. What is unknown is left out and the weights renormalised. Pure. */
const decideHealthScore = (facts: HealthFacts, policy: HealthPolicy['score']): HealthScore => {
  const components = [
    scoreNodes(facts.nodes),
    scoreCircuits(facts.circuits),
    scoreErrors(facts.errors, policy),
    scoreRecovery(facts.recoveries),
  ];
  let points = 0;
  let weights = 0;
  for (const { value, weight } of components) {
    if (value === undefined) continue;
    points += weight * value;
    weights += weight;
  }
  if (weights === 0) return { level: 'unknown', components };
  const score = Math.floor(points / weights + ROUNDING);
  return { score, level: levelOf(score), components };
};

export type { CircuitFact, HealthFacts, HealthScore };
export { decideHealthScore };
