import { TransientError } from './errors.ts';

const MAX_SHOWN = 5;

const messageOf = (error: unknown): string => (error instanceof Error ? error.message : String(error));

/**
 * Throws when something was collected: one error that names the first few, with all of them as its cause. For steps that go on
 * after a failure and say at the end that not everything was done.
 * @throws TransientError
 */
const throwCollected = (errors: readonly unknown[], what: string): void => {
  if (errors.length === 0) return;
  const shown = errors.slice(0, MAX_SHOWN).map(messageOf).join('; ');
  const more = errors.length > MAX_SHOWN ? `; and ${errors.length - MAX_SHOWN} more` : '';
  throw new TransientError(`${what} (${errors.length} errors): ${shown}${more}`, {
    cause: new AggregateError(errors),
  });
};

export { throwCollected };
