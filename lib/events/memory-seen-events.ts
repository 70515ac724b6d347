import { addSeconds, type Clock } from '../time.ts';
import { SEEN_EVENTS_SECONDS, type SeenEvents } from './seen-events.ts';

/** SeenEvents in memory. */
const createMemorySeenEvents = (clock: Clock): SeenEvents => {
  const expiries = new Map<string, Date>();
  const keyOf = (consumer: string, eventId: string): string => JSON.stringify([consumer, eventId]);
  return {
    wasSeen: async (consumer, eventId) => {
      const expiry = expiries.get(keyOf(consumer, eventId));
      return expiry !== undefined && expiry > clock.now();
    },
    markSeen: async (consumer, eventId) => {
      expiries.set(keyOf(consumer, eventId), addSeconds(clock.now(), SEEN_EVENTS_SECONDS));
    },
  };
};

export { createMemorySeenEvents };
