import type { Clock } from '../time.ts';
import type { Quota } from './request-gate.ts';

/** `Retry-After` in whole seconds, rounded up; it may be a number or a date. Undefined when absent or unreadable. */
const readRetryAfterSeconds = (headers: Headers, clock: Clock): number | undefined => {
  const value = headers.get('retry-after')?.trim();
  if (value === undefined || value === '') return undefined;
  const seconds = /^\d+(\.\d+)?$/.test(value)
    ? Number(value)
    : (new Date(value).getTime() - clock.now().getTime()) / 1000;
  return Number.isFinite(seconds) ? Math.max(0, Math.ceil(seconds)) : undefined;
};

/** `RateLimit: "minute";r=0;t=12, "hour";r=2800;t=1812`: what is left (r) in each window and the seconds to its reset (t). */
const readQuotas = (headers: Headers): Quota[] =>
  (headers.get('ratelimit') ?? '').split(',').flatMap((member) => {
    const window = /^\s*"?([\w-]+)"?\s*;/.exec(member)?.[1];
    const remaining = /;\s*r=(\d+)/.exec(member)?.[1];
    const reset = /;\s*t=(\d+)/.exec(member)?.[1];
    return window === undefined || remaining === undefined || reset === undefined
      ? []
      : [{ window, remaining: Number(remaining), resetSeconds: Number(reset) }];
  });

export { readQuotas, readRetryAfterSeconds };
