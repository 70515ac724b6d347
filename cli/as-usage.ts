import { ConfigError } from '../lib/config/config-error.ts';
import { PermanentError } from '../lib/errors.ts';
import { UsageError } from './exit.ts';

/** What a person typed is the command line: where that is wrong, it is a usage error. */
const asUsage = <Result>(read: () => Result): Result => {
  try {
    return read();
  } catch (error) {
    if (error instanceof ConfigError) throw new UsageError(error.problems.join('; '), { cause: error });
    if (error instanceof PermanentError) throw new UsageError(error.message, { cause: error });
    throw error;
  }
};

export { asUsage };
