/** Which events a consumer has finished: written after the effects, so that a crash repeats the effects and they must be idempotent. */
interface SeenEvents {
  wasSeen(consumer: string, eventId: string): Promise<boolean>;
  /** Kept 15 days, longer than queue, archive and dead-letter retention. */
  markSeen(consumer: string, eventId: string): Promise<void>;
}

/** 15 days: see `markSeen`. */
const SEEN_EVENTS_SECONDS = 15 * 24 * 3600;

export type { SeenEvents };
export { SEEN_EVENTS_SECONDS };
