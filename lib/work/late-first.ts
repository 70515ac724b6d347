import { secondsSince } from '../time.ts';

/**
 * What runs now says nothing of what ran before: of 12 slots, a share of 2 % is never due one. So who has nothing running, and has waited
 * for an hour, goes first, the longest wait before all. How much of it there is, `populate-queue` decides by the same shares.
 */
const LATE_SECONDS = 3600;

/**
 * The same names, those that are late first. Pure.
 * @param waitsSince since when the oldest work of a name waits; undefined where something of it runs
 */
const lateFirst = (
  names: readonly string[],
  waitsSince: (name: string) => string | undefined,
  now: Date,
): string[] => {
  const late = names
    .flatMap((name) => {
      const since = waitsSince(name);
      return since !== undefined && secondsSince(since, now) >= LATE_SECONDS ? [{ name, since }] : [];
    })
    .sort((one, other) => one.since.localeCompare(other.since))
    .map(({ name }) => name);
  return [...late, ...names.filter((name) => !late.includes(name))];
};

export { lateFirst };
