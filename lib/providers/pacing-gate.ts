import { addSeconds, type Clock } from '../time.ts';
import type { Wait } from '../wait.ts';
import type { PacingBucket, RequestGate } from './request-gate.ts';

/** Keeps the documented interval between the requests of one adapter. Knows nothing of other processes. */
const createPacingGate = (clock: Clock, wait: Wait): RequestGate => {
  const nextAt = new Map<string, Date>();
  return {
    acquire: async (bucket: PacingBucket): Promise<void> => {
      const now = clock.now();
      const next = nextAt.get(bucket.name);
      const start = next === undefined || next < now ? now : next;
      // Taken before the wait, so that requests at the same time queue up.
      nextAt.set(bucket.name, addSeconds(start, bucket.minimumIntervalSeconds));
      if (start > now) await wait(start.getTime() - now.getTime());
    },
    observe: async () => {},
  };
};

export { createPacingGate };
