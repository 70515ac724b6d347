import * as z from 'zod';

/** The only source of the current time inside `lib`: passed in, so that a fleet can be simulated. */
interface Clock {
  now(): Date;
}

const systemClock: Clock = { now: () => new Date() };

/**
 * An instant as ISO 8601 in UTC with milliseconds, the form that every stored timestamp has: strings of this
 * form sort as the instants do, so that DynamoDB conditions can compare them.
 */
const timestampSchema = z.iso.datetime({ precision: 3 });

const toTimestamp = (instant: Date): string => instant.toISOString();

/** `instant` moved by `seconds` (may be negative). */
const addSeconds = (instant: Date, seconds: number): Date => new Date(instant.getTime() + seconds * 1000);

/** Seconds from `timestamp` to `now`; negative when it lies in the future. */
const secondsSince = (timestamp: string, now: Date): number => (now.getTime() - Date.parse(timestamp)) / 1000;

export type { Clock };
export { addSeconds, secondsSince, systemClock, timestampSchema, toTimestamp };
