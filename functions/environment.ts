import * as z from 'zod';
import { ENV } from '../lib/constants.ts';
import { PermanentError } from '../lib/errors.ts';

type EnvironmentName = keyof typeof ENV;

/** What `process.env` is to the function: passed in by tests. */
type EnvironmentSource = Readonly<Record<string, string | undefined>>;

/**
 * Reads the variables that a function needs, once at its start. Each must be there and not empty.
 * @throws PermanentError that names every variable that is missing
 */
const readEnvironment = <const Name extends EnvironmentName>(
  names: readonly [Name, ...Name[]],
  source: EnvironmentSource = process.env,
): Readonly<Record<Name, string>> => {
  const schema = z.record(z.enum(names), z.string().trim().min(1));
  const parsed = schema.safeParse(Object.fromEntries(names.map((name) => [name, source[ENV[name]]])));
  if (!parsed.success) {
    const missing = names.filter((name) => (source[ENV[name]] ?? '').trim() === '').map((name) => ENV[name]);
    throw new PermanentError(
      `the function's environment lacks ${missing.join(', ')}: the stack sets it, deploy the stack again`,
      { cause: parsed.error },
    );
  }
  return parsed.data;
};

export type { EnvironmentName, EnvironmentSource };
export { readEnvironment };
