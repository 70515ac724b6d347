import { addSeconds, type Clock } from '../time.ts';
import type { AppliedConfig } from './applied-config.ts';
import type { ConfigStore } from './config-store.ts';

/** What holds, or held at most so long ago. */
interface CachedConfig {
  /** @throws as the store does when it cannot be read: an older copy is never taken in its place */
  current(): Promise<AppliedConfig>;
}

/**
 * For callers that may be `maxAgeSeconds` behind. Holds, protection and modes before a provider call are no such callers: they read the
 * store itself.
 */
const createCachedConfig = (
  store: Pick<ConfigStore, 'current'>,
  clock: Clock,
  maxAgeSeconds: number,
): CachedConfig => {
  let cached: { readonly reading: Promise<AppliedConfig>; readonly readAt: Date } | undefined;
  const isFresh = (readAt: Date, now: Date): boolean =>
    readAt <= now && now < addSeconds(readAt, maxAgeSeconds);
  return {
    current: () => {
      const now = clock.now();
      if (cached !== undefined && isFresh(cached.readAt, now)) return cached.reading;
      const mine = { reading: store.current(), readAt: now };
      cached = mine;
      mine.reading.catch(() => {
        if (cached === mine) cached = undefined;
      });
      return mine.reading;
    },
  };
};

export type { CachedConfig };
export { createCachedConfig };
