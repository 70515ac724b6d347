import type { Timing } from '../wait.ts';

/** Lets through `bytesPerSecond` on average, and at most a quarter of a second's worth at once. */
class TokenBucket {
  readonly bytesPerSecond: number;
  readonly #timing: Timing;
  /** When everything that was let through so far is paid for, in milliseconds. */
  #paidUntil: number;

  constructor(bytesPerSecond: number, timing: Timing) {
    this.bytesPerSecond = bytesPerSecond;
    this.#timing = timing;
    this.#paidUntil = timing.now().getTime();
  }

  /** Waits until `bytes` may pass. Callers that take at the same time queue up behind each other. */
  async take(bytes: number, signal: AbortSignal): Promise<void> {
    const now = this.#timing.now().getTime();
    const burstMs = 250;
    this.#paidUntil = Math.max(this.#paidUntil, now - burstMs) + (bytes / this.bytesPerSecond) * 1000;
    const waitMs = this.#paidUntil - now;
    if (waitMs > 0) await this.#timing.wait(waitMs / 1000, signal);
  }
}

/** Several caps at once; undefined when there is none. */
const combineCaps = (buckets: readonly (TokenBucket | undefined)[]) => {
  const caps = buckets.filter((bucket) => bucket !== undefined);
  if (caps.length === 0) return undefined;
  return {
    bytesPerSecond: Math.min(...caps.map(({ bytesPerSecond }) => bytesPerSecond)),
    take: async (bytes: number, signal: AbortSignal): Promise<void> => {
      for (const cap of caps) await cap.take(bytes, signal);
    },
  };
};

export { combineCaps, TokenBucket };
