import * as z from 'zod';

/** A whole number from the command line, with one message for all that does not fit. */
const wholeNumberSchema = (from: number, to: number = Number.MAX_SAFE_INTEGER) => {
  const message =
    to === Number.MAX_SAFE_INTEGER
      ? `write a whole number, ${from} or more`
      : `write a whole number from ${from} to ${to}`;
  return z
    .string()
    .regex(/^\d+$/, message)
    .transform(Number)
    .pipe(z.number().min(from, message).max(to, message));
};

export { wholeNumberSchema };
