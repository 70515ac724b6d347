import { assertNever } from '../errors.ts';
import { secondsSince, toTimestamp } from '../time.ts';
import type { HealthPolicy } from './health-policy.ts';
import type { NextPause, Pause, PauseTriggerName } from './pause.ts';
import type { PauseTrigger } from './pause-triggers.ts';

interface PauseInputs {
  readonly triggers: readonly PauseTrigger[];
  /** Critical stages with a half-open circuit: nothing proves yet that they work. */
  readonly unproven: readonly string[];
  /** Absent: unknown. */
  readonly score?: number | undefined;
  /** The brake on mass failure is on: that no node seems to fail proves nothing. */
  readonly observerSuspect: boolean;
}

type PauseReason =
  | 'no-trigger'
  | 'trigger-too-young'
  | 'trigger-holds'
  | 'still-triggered'
  | 'minimum-time'
  | 'score-too-low'
  | 'stage-unproven'
  | 'observer-suspect'
  | 'conditions-hold'
  | 'conditions-held-twice';

interface PauseDecision {
  readonly action: 'keep' | 'pause' | 'recover' | 'resume' | 'relapse';
  readonly reason: PauseReason;
  readonly evidence: NextPause;
}

/** What keeps a pause; undefined when nothing does. */
const keptBy = (
  pausedAt: string,
  { triggers, unproven, score, observerSuspect }: PauseInputs,
  policy: HealthPolicy['pause'],
  now: Date,
): PauseReason | undefined => {
  if (triggers.length > 0) return 'still-triggered';
  if (unproven.length > 0) return 'stage-unproven';
  if (observerSuspect) return 'observer-suspect';
  if (score === undefined || score < policy.resumeScore) return 'score-too-low';
  return secondsSince(pausedAt, now) < policy.minimumSeconds ? 'minimum-time' : undefined;
};

const countHolding = (
  before: Pause['holding'],
  triggers: readonly PauseTrigger[],
): Partial<Record<PauseTriggerName, number>> =>
  Object.fromEntries(triggers.map(({ trigger }) => [trigger, (before[trigger] ?? 0) + 1]));

/** What keeps it, in sentences; what was said last when nothing new is to be said. */
const reasonsOf = (before: readonly string[], { triggers, unproven }: PauseInputs): string[] => {
  const reasons = [
    ...triggers.map(({ message }) => message),
    ...unproven.map((stage) => `stage-unproven: no run of ${stage} has succeeded since its circuit opened`),
  ];
  return reasons.length > 0 ? reasons : [...before];
};

/**
 * The next state of the pause machine. An open critical circuit pauses at once; every other trigger must hold for two evaluations. It
 * ends when at least two minutes passed, the score is 60 or more, and nothing triggers, for two evaluations. Pure.
 */
const decidePause = (
  before: Pause | undefined,
  inputs: PauseInputs,
  policy: HealthPolicy['pause'],
  now: Date,
): PauseDecision => {
  const at = toTimestamp(now);
  const { revision: _revision, ...known } = before ?? {
    state: 'running' as const,
    since: at,
    reasons: [],
    holding: {},
    evaluatedAt: at,
    revision: 0,
  };
  const holding = countHolding(known.holding, inputs.triggers);
  const same = { ...known, holding, evaluatedAt: at };
  if (known.state === 'running') {
    const isRipe = ({ trigger }: PauseTrigger): boolean =>
      trigger === 'critical-circuit-open' || (holding[trigger] ?? 0) >= policy.evaluations;
    if (!inputs.triggers.some(isRipe)) {
      const reason = inputs.triggers.length === 0 ? 'no-trigger' : 'trigger-too-young';
      return { action: 'keep', reason, evidence: same };
    }
    const reasons = reasonsOf([], inputs);
    const evidence: NextPause = { ...same, state: 'paused', since: at, pausedAt: at, reasons };
    return { action: 'pause', reason: 'trigger-holds', evidence };
  }
  const reasons = reasonsOf(known.reasons, inputs);
  const kept = keptBy(known.pausedAt ?? known.since, inputs, policy, now);
  switch (known.state) {
    case 'paused':
      return kept === undefined
        ? {
            action: 'recover',
            reason: 'conditions-hold',
            evidence: { ...same, reasons, state: 'recovering', since: at },
          }
        : { action: 'keep', reason: kept, evidence: { ...same, reasons } };
    case 'recovering':
      return kept === undefined
        ? {
            action: 'resume',
            reason: 'conditions-held-twice',
            evidence: { ...same, reasons: [], state: 'running', since: at, resumedAt: at },
          }
        : { action: 'relapse', reason: kept, evidence: { ...same, reasons, state: 'paused', since: at } };
    default:
      return assertNever(known.state);
  }
};

export type { PauseDecision, PauseInputs, PauseReason };
export { decidePause };
