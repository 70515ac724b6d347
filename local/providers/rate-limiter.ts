/** Whether a request may pass, and what the answer's headers say of it. */
interface Verdict {
  readonly allowed: boolean;
  /** On every answer. */
  readonly headers: Readonly<Record<string, string>>;
  readonly retryAfterSeconds: number;
  /** The limit that was broken or kept, in seconds between calls. */
  readonly thresholdSeconds: number;
}

interface RateLimiter {
  admit(operation: string, nowMs: number): Verdict;
}

/** At least `intervals[operation]` ms between calls of one `group`; an operation without an interval is free. */
const createIntervalLimiter = (
  intervals: Readonly<Record<string, number>>,
  groupOf: (operation: string) => string = (operation) => operation,
): RateLimiter => {
  const lastAdmitted = new Map<string, number>();
  return {
    admit: (operation, nowMs) => {
      const group = groupOf(operation);
      const interval = intervals[group] ?? 0;
      const wait = (lastAdmitted.get(group) ?? Number.NEGATIVE_INFINITY) + interval - nowMs;
      const allowed = wait <= 0;
      if (allowed) lastAdmitted.set(group, nowMs);
      return {
        allowed,
        headers: {},
        retryAfterSeconds: Math.max(1, Math.ceil(wait / 1000)),
        thresholdSeconds: interval / 1000,
      };
    },
  };
};

interface Window {
  readonly name: string;
  readonly quota: number;
  readonly seconds: number;
}

/** Quotas per fixed window, told in `RateLimit` and `RateLimit-Policy` headers. */
const createWindowLimiter = (windows: readonly Window[]): RateLimiter => {
  const used = new Map<string, { startMs: number; count: number }>();

  const stateOf = ({ name, seconds }: Window, nowMs: number) => {
    const startMs = Math.floor(nowMs / (seconds * 1000)) * seconds * 1000;
    const current = used.get(name);
    if (current?.startMs === startMs) return current;
    const fresh = { startMs, count: 0 };
    used.set(name, fresh);
    return fresh;
  };
  const secondsLeft = (window: Window, nowMs: number): number =>
    Math.max(1, Math.ceil((stateOf(window, nowMs).startMs + window.seconds * 1000 - nowMs) / 1000));

  return {
    admit: (_operation, nowMs) => {
      const full = windows.find((window) => stateOf(window, nowMs).count >= window.quota);
      if (full === undefined) for (const window of windows) stateOf(window, nowMs).count += 1;
      return {
        allowed: full === undefined,
        headers: {
          RateLimit: windows
            .map(
              (window) =>
                `"${window.name}";r=${window.quota - stateOf(window, nowMs).count};t=${secondsLeft(window, nowMs)}`,
            )
            .join(', '),
          'RateLimit-Policy': windows
            .map(({ name, quota, seconds }) => `"${name}";q=${quota};w=${seconds}`)
            .join(', '),
        },
        retryAfterSeconds: full === undefined ? 1 : secondsLeft(full, nowMs),
        thresholdSeconds: 0,
      };
    },
  };
};

export type { RateLimiter, Verdict };
export { createIntervalLimiter, createWindowLimiter };
