import type * as z from 'zod';
import { nearNames } from '../near-names.ts';
import { type ConfigPath, formatPath } from './config-path.ts';
import { namesAt, placesOf, schemaAt } from './schema-tree.ts';

/** One thing that is wrong with what a person wrote. */
interface ConfigProblem {
  readonly path: ConfigPath;
  /** It is about the last name of the path, not about its value. */
  readonly isAboutName: boolean;
  /** What is wrong, and what is allowed. */
  readonly message: string;
}

const MAX_SHOWN = 60;

const show = (value: unknown): string => {
  if (value === undefined || value === null) return 'nothing';
  if (Array.isArray(value)) return 'a list';
  if (typeof value === 'object') return 'a mapping';
  const text = typeof value === 'string' ? JSON.stringify(value) : String(value);
  return text.length > MAX_SHOWN ? `${text.slice(0, MAX_SHOWN)}…` : text;
};

const typeNames: Readonly<Record<string, string>> = {
  object: 'a mapping',
  record: 'a mapping',
  array: 'a list',
  string: 'text',
  number: 'a number',
  int: 'a whole number',
  boolean: 'true or false',
};

const valueAt = (written: unknown, path: readonly PropertyKey[]): unknown => {
  let at: unknown = written;
  for (const segment of path) {
    if (typeof at !== 'object' || at === null || !Object.hasOwn(at, segment)) return undefined;
    at = Object.entries(at).find(([key]) => key === String(segment))?.[1];
  }
  return at;
};

const suggest = (near: readonly string[]): string =>
  near.length === 0 ? '' : `; did you mean ${near.join(' or ')}?`;

const describeName = (name: string, within: ConfigPath): string => {
  const allowed = namesAt(within);
  const near = nearNames(name, allowed);
  const elsewhere = placesOf(name);
  const hint = elsewhere.length > 0 ? `; it can stand in ${elsewhere.join(' and ')}` : suggest(near);
  const list = allowed.length === 0 ? '' : ` Allowed: ${allowed.join(', ')}`;
  return `there is no "${name}" here${hint}${hint.endsWith('?') || list === '' ? '' : '.'}${list}`;
};

const describeType = (expected: string, message: string, value: unknown): string => {
  if (value === undefined) return `is needed: ${typeNames[expected] ?? expected}`;
  // Where a schema has words of its own, they say more than the type does.
  const wanted = message.startsWith('Invalid input')
    ? `expected ${typeNames[expected] ?? expected}`
    : message;
  return `${wanted}, not ${show(value)}`;
};

const describeIssue = (issue: z.core.$ZodIssue, written: unknown): ConfigProblem[] => {
  const path = issue.path.map((segment) => (typeof segment === 'symbol' ? String(segment) : segment));
  const value = valueAt(written, path);
  const about = (message: string): ConfigProblem[] => [{ path, isAboutName: false, message }];
  switch (issue.code) {
    case 'unrecognized_keys':
      return issue.keys.map((name) => ({
        path: [...path, name],
        isAboutName: true,
        message: describeName(name, path),
      }));
    case 'invalid_key':
      return [{ path, isAboutName: true, message: issue.issues[0]?.message ?? issue.message }];
    case 'invalid_value': {
      const values = issue.values.map(String);
      const near = typeof value === 'string' ? nearNames(value, values) : [];
      return value === undefined
        ? about(`is needed: one of ${values.join(', ')}`)
        : about(`write one of ${values.join(', ')}, not ${show(value)}${suggest(near)}`);
    }
    case 'invalid_type':
      return about(describeType(issue.expected, issue.message, value));
    default:
      return about(typeof value === 'object' ? issue.message : `${issue.message}, not ${show(value)}`);
  }
};

/** What is wrong with a place that the schema does not have; undefined when it has it. */
const describeUnknownPath = (path: readonly string[]): string | undefined => {
  const depth = path.findIndex((_name, index) => schemaAt(path.slice(0, index + 1)) === undefined);
  const name = path[depth];
  return name === undefined
    ? undefined
    : `${formatPath(path.slice(0, depth + 1))}: ${describeName(name, path.slice(0, depth))}`;
};

/** All that is wrong, in one sentence each. */
const describeIssues = (error: z.ZodError, written: unknown): ConfigProblem[] =>
  error.issues.flatMap((issue) => describeIssue(issue, written));

export type { ConfigProblem };
export { describeIssues, describeUnknownPath };
