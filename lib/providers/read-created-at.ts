import { toTimestamp } from '../time.ts';

/** A provider's time as a timestamp; undefined when absent or no time. Takes RFC 3339 text, or seconds since 1970. */
const readCreatedAt = (value: string | number | null | undefined): string | undefined => {
  if (value === null || value === undefined) return undefined;
  const instant = new Date(typeof value === 'number' ? value * 1000 : value);
  return Number.isNaN(instant.getTime()) ? undefined : toTimestamp(instant);
};

export { readCreatedAt };
