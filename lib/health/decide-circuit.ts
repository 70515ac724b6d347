import { toTimestamp } from '../time.ts';
import { type Circuit, circuitState, type NextCircuit, type Stage } from './circuit.ts';
import type { HealthPolicy } from './health-policy.ts';

/** How one run of a stage ended. */
interface StageRun {
  readonly stage: Stage;
  readonly ended: 'completed' | 'failed';
  readonly eventId: string;
  /** By the pipeline's clock: it only orders the runs of the same pipeline. */
  readonly occurredAt: string;
  readonly message?: string | undefined;
}

type CircuitReason = 'repeat' | 'older-than-success' | 'proved' | 'counted' | 'opened' | 'failed-again';

interface CircuitDecision {
  readonly action: 'ignore' | 'write';
  readonly reason: CircuitReason;
  readonly evidence: NextCircuit;
}

/** SQS and EventBridge repeat within minutes; so many runs of one stage do not end meanwhile. */
const REMEMBERED_EVENTS = 50;

/** The circuit of a stage after one of its runs: five failures in a row open it, one success closes it. Pure. */
const decideCircuit = (
  before: Circuit | undefined,
  run: StageRun,
  policy: HealthPolicy['circuit'],
  now: Date,
): CircuitDecision => {
  const { revision: _revision, ...known } = before ?? {
    stage: run.stage,
    failures: 0,
    recentEventIds: [],
    revision: 0,
  };
  if (known.recentEventIds.includes(run.eventId)) {
    return { action: 'ignore', reason: 'repeat', evidence: known };
  }
  const recentEventIds = [...known.recentEventIds, run.eventId].slice(-REMEMBERED_EVENTS);
  if (run.ended === 'completed') {
    const { openedAt: _openedAt, ...rest } = known;
    const lastSuccessAt =
      known.lastSuccessAt !== undefined && known.lastSuccessAt > run.occurredAt
        ? known.lastSuccessAt
        : run.occurredAt;
    const evidence = { ...rest, failures: 0, lastSuccessAt, recentEventIds };
    return { action: 'write', reason: 'proved', evidence };
  }
  if (known.lastSuccessAt !== undefined && run.occurredAt <= known.lastSuccessAt) {
    return { action: 'ignore', reason: 'older-than-success', evidence: known };
  }
  const { openedAt, ...rest } = known;
  const state = circuitState(known, policy, now);
  const isForgotten = openedAt !== undefined && state === 'closed';
  const failed = {
    ...rest,
    failures: isForgotten ? 1 : known.failures + 1,
    lastFailureAt: run.occurredAt,
    ...(run.message === undefined ? {} : { lastFailure: run.message.slice(0, 500) }),
    recentEventIds,
  };
  if (state === 'open') {
    return { action: 'write', reason: 'counted', evidence: { ...failed, ...(openedAt && { openedAt }) } };
  }
  const opened = { ...failed, openedAt: toTimestamp(now) };
  if (state === 'half-open') return { action: 'write', reason: 'failed-again', evidence: opened };
  return failed.failures >= policy.failuresToOpen
    ? { action: 'write', reason: 'opened', evidence: opened }
    : { action: 'write', reason: 'counted', evidence: failed };
};

export type { CircuitDecision, StageRun };
export { decideCircuit };
