import { setTimeout as delay } from 'node:timers/promises';

const PAUSE_MS = 100;

/**
 * Asks `condition` again and again until it answers something other than undefined or false, and answers that.
 * @param pauseMs between two questions: longer when asking makes work
 * @throws Error naming `what` after `seconds`, with the last error that `condition` threw as cause.
 */
const waitFor = async <T>(
  condition: () => T | Promise<T>,
  seconds: number,
  what: string | (() => string),
  pauseMs = PAUSE_MS,
): Promise<Exclude<T, undefined | false>> => {
  const end = Date.now() + seconds * 1000;
  let cause: unknown;
  const isAnswer = (value: T): value is Exclude<T, undefined | false> =>
    value !== undefined && value !== false;
  for (;;) {
    try {
      const value = await condition();
      if (isAnswer(value)) return value;
      cause = undefined;
    } catch (error) {
      cause = error;
    }
    if (Date.now() >= end)
      throw new Error(`waited ${seconds} s in vain for: ${typeof what === 'string' ? what : what()}`, {
        cause,
      });
    await delay(pauseMs);
  }
};

export { waitFor };
