import { deprecate } from 'node:util';
import { type Deprecation, deprecationCode, describeRemoval } from '../deprecation.ts';
import { deprecations } from '../deprecations.ts';

const rowOf = (compatName: string): Deprecation | undefined =>
  deprecations.find(({ compat = {} }) => Object.values(compat).includes(compatName));

/** Every old name that `drover/compat` has. */
const COMPAT_NAMES: readonly string[] = deprecations.flatMap(({ compat = {} }) => Object.values(compat));

/** What is old, what to use instead, and until when. @throws TypeError when the table has no such name */
const deprecationMessage = (compatName: string, now: Date): string => {
  const row = rowOf(compatName);
  if (row === undefined)
    throw new TypeError(`lib/migration/deprecations.ts makes no ${compatName} compatible`);
  return `${compatName} is deprecated: use ${row.replacement.text}; ${describeRemoval(row.phases, now)}`;
};

/**
 * Answers a function that emits Node's own DeprecationWarning. Node sees to it that one process warns once for one code, and to
 * its flags: `--no-deprecation`, `--throw-deprecation`, `--trace-deprecation`.
 */
const warnerOf = (compatName: string, now: Date): (() => void) =>
  deprecate(() => {}, deprecationMessage(compatName, now), deprecationCode(compatName));

export { COMPAT_NAMES, deprecationMessage, warnerOf };
