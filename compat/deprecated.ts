import { warnerOf } from '../lib/migration/compat/warn-once.ts';
import { systemClock } from '../lib/time.ts';

/** The warning of an old name, as a function to call when it is used. */
const warningOf = (name: string): (() => void) => warnerOf(name, systemClock.now());

/** What an old name does, with its warning before. */
const deprecated = <Arguments extends unknown[], Result>(
  name: string,
  work: (...args: Arguments) => Result,
): ((...args: Arguments) => Result) => {
  const warn = warningOf(name);
  return (...args) => {
    warn();
    return work(...args);
  };
};

export { deprecated, warningOf };
