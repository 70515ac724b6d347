import { setTimeout as delay } from 'node:timers/promises';

const LIMIT_MS = 30_000;
const PAUSE_MS = 20;

/**
 * Waits for `condition`.
 *
 * @throws Error naming `what` when it did not come true within 30 s.
 */
const until = async (what: string, condition: () => Promise<boolean>): Promise<void> => {
  const deadline = performance.now() + LIMIT_MS;
  while (!(await condition())) {
    if (performance.now() > deadline) {
      throw new Error(`${what} did not happen within ${LIMIT_MS / 1000} s`);
    }
    await delay(PAUSE_MS);
  }
};

export { until };
