import { createHash } from 'node:crypto';
import { decideHold } from '../holds/decide-hold.ts';
import type { Hold } from '../holds/hold.ts';
import type { DataHealth } from '../replication/data-health.ts';
import { addSeconds, toTimestamp } from '../time.ts';
import { stageSchema } from './circuit.ts';
import type { HealthScore } from './decide-health-score.ts';
import type { NodeEvaluation } from './evaluate-nodes.ts';
import { FLEET_HEALTH_VALID_SECONDS, type FleetHealth, MAX_LISTED_NODES } from './fleet-health.ts';
import { countNodes } from './node-counts.ts';
import type { NextPause } from './pause.ts';
import type { Reading } from './reading.ts';

interface FleetFacts {
  readonly score: HealthScore;
  readonly pause: NextPause;
  /** Critical stages with a half-open circuit. */
  readonly unproven: readonly string[];
  readonly holds: Reading<readonly Hold[]>;
  /** Absent: the nodes could not be read. */
  readonly evaluation: NodeEvaluation | undefined;
  readonly data: DataHealth | undefined;
}

/** Holds that a person or a budget set on the whole fleet. Unreadable ones hold no work back: that destroys nothing. */
const holdReasons = (holds: Reading<readonly Hold[]>): string[] => {
  if (!holds.known) return [];
  const { action, evidence } = decideHold(holds.value, ['pause', 'stop'], ['fleet']);
  return action === 'hold' ? [`held: ${evidence.message}`] : [];
};

/** What everybody is told about the fleet. Pure. */
const buildFleetHealth = (facts: FleetFacts, now: Date): FleetHealth => {
  const { score, pause, unproven, holds, evaluation, data } = facts;
  const held = holdReasons(holds);
  const notHealthy = (evaluation?.nodes ?? [])
    .filter(({ health }) => health.state !== 'healthy')
    .slice(0, MAX_LISTED_NODES)
    .map(({ node: { nodeId }, health: { state, since, reasons } }) => ({ nodeId, state, since, reasons }));
  return {
    schemaVersion: 1,
    asOf: toTimestamp(now),
    validUntil: toTimestamp(addSeconds(now, FLEET_HEALTH_VALID_SECONDS)),
    ...(score.score === undefined ? {} : { score: score.score }),
    level: score.level,
    components: [...score.components],
    pause: pause.state !== 'running' || held.length > 0,
    pauseReasons: [...(pause.state === 'running' ? [] : pause.reasons), ...held],
    mayProbe: held.length > 0 ? [] : stageSchema.options.filter((stage) => unproven.includes(stage)),
    observer: evaluation === undefined ? 'unknown' : evaluation.brake.evidence.on ? 'suspect' : 'trusted',
    ...(evaluation === undefined
      ? {}
      : { nodes: countNodes(evaluation.nodes.map(({ health }) => health.state)) }),
    ...(data === undefined ? {} : { data }),
    notHealthy,
  };
};

/** Of everything but the times: the same digest says the same. */
const digestOf = ({ asOf: _asOf, validUntil: _validUntil, ...rest }: FleetHealth): string =>
  createHash('sha256').update(JSON.stringify(rest)).digest('hex');

export { buildFleetHealth, digestOf };
