import * as z from 'zod';

const unitSeconds = { s: 1, m: 60, h: 3600, d: 86_400 } as const;
const durationPattern = /^(\d+)([smhd])$/;

/** `90s`, `30m`, `2h`, `7d` → seconds. More than zero, at most 365 days. */
const durationSchema = z.string().transform((text, context) => {
  const [, digits, unit] = durationPattern.exec(text.trim()) ?? [];
  const seconds =
    digits !== undefined && (unit === 's' || unit === 'm' || unit === 'h' || unit === 'd')
      ? Number(digits) * unitSeconds[unit]
      : 0;
  if (seconds > 0 && seconds <= 365 * unitSeconds.d) return seconds;
  context.addIssue({
    code: 'custom',
    message: `"${text}" is not a duration from 1 s to 365 days: write 90s, 30m, 2h or 7d`,
  });
  return z.NEVER;
});

/** Seconds as people say them: `45 s`, `12 min`, `3.5 h`, `4 d`. */
const formatSeconds = (seconds: number): string => {
  if (seconds < 120) return `${Math.round(seconds)} s`;
  if (seconds < 7200) return `${Math.round(seconds / 60)} min`;
  if (seconds < 2 * 86_400) return `${(seconds / 3600).toFixed(1)} h`;
  return `${Math.round(seconds / 86_400)} d`;
};

export { durationSchema, formatSeconds };
