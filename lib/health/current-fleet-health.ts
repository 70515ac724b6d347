import { toTimestamp } from '../time.ts';
import type { FleetHealth } from './fleet-health.ts';
import type { Evaluation } from './fleet-health-store.ts';

/** Whether the evaluation still says something. */
const isCurrent = (evaluation: Evaluation | undefined, now: Date): boolean =>
  evaluation !== undefined && toTimestamp(now) <= evaluation.fleet.validUntil;

/** What an evaluation says now. One that is too old says nothing: all is unknown, and work may start, because that destroys nothing. */
const currentFleetHealth = (evaluation: Evaluation | undefined, now: Date): FleetHealth => {
  if (evaluation !== undefined && isCurrent(evaluation, now)) return evaluation.fleet;
  const when = evaluation === undefined ? 'never evaluated' : `not evaluated since ${evaluation.fleet.asOf}`;
  return {
    schemaVersion: 1,
    asOf: toTimestamp(now),
    validUntil: toTimestamp(now),
    level: 'unknown',
    components: [],
    pause: false,
    pauseReasons: [`unknown: the fleet was ${when}: look at the function score-health`],
    mayProbe: [],
    observer: 'unknown',
    notHealthy: [],
  };
};

export { currentFleetHealth, isCurrent };
