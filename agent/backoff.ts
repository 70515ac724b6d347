/** Full jitter: anything between nothing and an exponentially growing ceiling, so that a fleet never retries in step. */
const fullJitterSeconds = (
  /** Failures so far, from 1. */
  failures: number,
  limits: { readonly baseSeconds: number; readonly capSeconds: number },
  /** In [0, 1). */
  random: number,
): number => random * Math.min(limits.capSeconds, limits.baseSeconds * 2 ** Math.min(30, failures - 1));

export { fullJitterSeconds };
