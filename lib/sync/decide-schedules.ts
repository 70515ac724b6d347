import { derivedId } from '../ids.ts';
import type { SyncSchedule } from './sync-config.ts';

/** When each schedule last ran, by its key, in turns since 1970. */
type ScheduleTurns = Readonly<Record<string, number>>;

interface DueSchedule {
  /** Follows from what the schedule says, so that one that is changed is another. */
  readonly key: string;
  readonly turn: number;
  readonly schedule: SyncSchedule;
}

interface ScheduleDecision {
  readonly due: readonly DueSchedule[];
  /** What is to be remembered; schedules that are gone are forgotten. */
  readonly turns: ScheduleTurns;
}

const MINUTE_MS = 60_000;

/**
 * Which syncs are due by the clock. Turns begin at multiples of the interval since 1970 (UTC), so that every run agrees on them; a schedule
 * whose turn was missed, or that is new, is due at once, and never twice for one turn. Pure.
 */
const decideSchedules = (
  schedules: readonly SyncSchedule[],
  before: ScheduleTurns,
  now: Date,
): ScheduleDecision => {
  const all = schedules.map(
    (schedule): DueSchedule => ({
      key: derivedId('sync', JSON.stringify(schedule)),
      turn: Math.floor(now.getTime() / (schedule.everyMinutes * MINUTE_MS)),
      schedule,
    }),
  );
  return {
    due: all.filter(({ key, turn }) => turn > (before[key] ?? -1)),
    // A clock that was set back must not make a turn come again.
    turns: Object.fromEntries(all.map(({ key, turn }) => [key, Math.max(turn, before[key] ?? turn)])),
  };
};

export type { DueSchedule, ScheduleDecision, ScheduleTurns };
export { decideSchedules };
