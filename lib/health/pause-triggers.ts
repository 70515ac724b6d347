import type { CircuitFact, HealthFacts, HealthScore } from './decide-health-score.ts';
import type { HealthPolicy } from './health-policy.ts';
import type { PauseTriggerName } from './pause.ts';

/** A reason to pause the pipeline. */
interface PauseTrigger {
  readonly trigger: PauseTriggerName;
  readonly message: string;
}

const openCritical = ({ circuits }: HealthFacts): readonly CircuitFact[] =>
  circuits.known ? circuits.value.filter(({ critical, state }) => critical && state === 'open') : [];

/** Every reason to pause that holds now. What is unknown is no reason. */
const pauseTriggers = (
  facts: HealthFacts,
  { score, components }: HealthScore,
  policy: HealthPolicy['pause'],
): PauseTrigger[] => {
  const triggers: PauseTrigger[] = [];
  if (score !== undefined && score < policy.scoreBelow) {
    triggers.push({
      trigger: 'score-critical',
      message: `score-critical: the health score is ${score}, below ${policy.scoreBelow}`,
    });
  }
  if (facts.nodes.known && facts.nodes.value.expected > 0) {
    const { expected, unhealthy, unreachable } = facts.nodes.value;
    const percent = ((unhealthy + unreachable) / expected) * 100;
    if (percent >= policy.notOperationalPercent) {
      triggers.push({
        trigger: 'nodes-not-operational',
        message: `nodes-not-operational: ${unhealthy + unreachable} of ${expected} expected nodes do not work`,
      });
    }
  }
  for (const { name } of openCritical(facts)) {
    triggers.push({
      trigger: 'critical-circuit-open',
      message: `critical-circuit-open: ${name} failed again and again`,
    });
  }
  const errors = components.find(({ component }) => component === 'errors');
  if (errors?.value === 0) {
    triggers.push({ trigger: 'error-burst', message: `error-burst: ${errors.explanation}` });
  }
  return triggers;
};

/** Critical stages that nothing has proved to work since their circuit was open. */
const unprovenStages = ({ circuits }: HealthFacts): string[] =>
  circuits.known
    ? circuits.value
        .filter(({ critical, state }) => critical && state === 'half-open')
        .map(({ name }) => name)
    : [];

export type { PauseTrigger };
export { pauseTriggers, unprovenStages };
