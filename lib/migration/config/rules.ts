import type * as z from 'zod';
import { formatPath } from '../../config/config-path.ts';
import { readYaml } from '../../config/read-yaml.ts';
import { nearNames } from '../../near-names.ts';
import { type Draft, isSecretName, type Leftover, SECRET_WHY, type Source } from './draft.ts';

/** One place of an old file, as a rule sees it. */
interface Place {
  /** What the `*` of the rule stand for. */
  readonly names: readonly string[];
  readonly source: Source;
  readonly draft: Draft;
  /** Says that this has no equivalent, and why; or, as `changed`, in what it differs. */
  leave(why: string, kind?: Leftover['kind']): void;
}

/** What becomes of the values at one path; `*` is any one name. */
interface Rule {
  readonly at: readonly string[];
  /** Also decides about everything below it. Answers what is wrong with the value. */
  readonly apply: (value: unknown, place: Place) => readonly ShapeIssue[];
  /** Has no equivalent. */
  readonly left?: { readonly kind: Leftover['kind']; readonly why: string };
}

interface ShapeIssue {
  readonly path: readonly PropertyKey[];
  readonly message: string;
}

/** A value of this shape is converted. */
const take = <Schema extends z.ZodType>(
  at: string,
  schema: Schema,
  convert: (value: z.output<Schema>, place: Place) => void,
): Rule => ({
  at: at.split('.'),
  apply: (value, place) => {
    const parsed = schema.safeParse(value);
    if (!parsed.success) return parsed.error.issues;
    convert(parsed.data, place);
    return [];
  },
});

/** Nothing in Drover does the same; each key below is listed. */
const leave = (at: string, why: string, kind: Leftover['kind'] = 'no-equivalent'): Rule => ({
  at: at.split('.'),
  left: { kind, why },
  apply: () => [],
});

const isMapping = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

const fits = (at: readonly string[], path: readonly string[]): boolean =>
  path.length <= at.length && path.every((name, index) => at[index] === '*' || at[index] === name);

/** The path with `*` where the rules have it, so that a key of 40 hosts is one. */
const generalize = (path: readonly string[], rules: readonly Rule[]): string => {
  const depthOf = ({ at }: Rule): number => {
    const differs = path.findIndex((name, index) => at[index] !== '*' && at[index] !== name);
    return differs < 0 ? path.length : differs;
  };
  const nearest = rules.toSorted((one, other) => depthOf(other) - depthOf(one))[0];
  const depth = nearest === undefined ? 0 : depthOf(nearest);
  return path.map((name, index) => (index < depth && nearest?.at[index] === '*' ? '*' : name)).join('.');
};

const suggest = (name: string, path: readonly string[], rules: readonly Rule[]): string => {
  const siblings = rules
    .filter(({ at }) => at.length > path.length && fits(at, path))
    .map(({ at }) => at[path.length] ?? '');
  const near = nearNames(name, new Set(siblings.filter((sibling) => sibling !== '*')));
  return near.length === 0 ? '' : `; did you mean ${near.join(' or ')}?`;
};

/** Names of secrets in the mappings of a list. */
const secretsIn = (value: unknown): string[] => {
  if (Array.isArray(value)) return [...new Set(value.flatMap(secretsIn))];
  if (!isMapping(value)) return [];
  return Object.entries(value).flatMap(([name, inner]) =>
    isSecretName(name) ? [name] : secretsIn(inner).map((secret) => `${name}.${secret}`),
  );
};

/** One old file on its way into the draft. Every key of it is converted, left with a reason, or a problem. */
const applyRules = (
  file: { readonly name: string; readonly text: string },
  rules: readonly Rule[],
  draft: Draft,
): void => {
  const reading = readYaml(file.text);
  if ('problems' in reading) {
    for (const { line, column, message } of reading.problems)
      draft.problem(`${file.name}:${line}:${column}`, message);
    return;
  }
  const sourceOf = (path: readonly (string | number)[], isAboutName: boolean): Source => {
    const { line, column } = reading.locate(path, isAboutName);
    return `${file.name}:${line}:${column}`;
  };

  /** Lists every key of what has no equivalent. */
  const leaveAll = (value: unknown, path: readonly string[], kind: Leftover['kind'], why: string): void => {
    const name = path.at(-1) ?? '';
    const key = generalize(path, rules);
    if (isSecretName(name)) draft.leave(key, sourceOf(path, true), 'secret', SECRET_WHY);
    else if (isMapping(value) && Object.keys(value).length > 0)
      for (const [inner, below] of Object.entries(value)) leaveAll(below, [...path, inner], kind, why);
    else {
      draft.leave(key, sourceOf(path, true), kind, why);
      for (const secret of secretsIn(value))
        draft.leave(`${key}[].${secret}`, sourceOf(path, true), 'secret', SECRET_WHY);
    }
  };

  const applyRule = (rule: Rule, value: unknown, path: readonly string[]): void => {
    const source = sourceOf(path, true);
    const issues = rule.apply(value, {
      names: path.filter((_, index) => rule.at[index] === '*'),
      source,
      draft,
      leave: (why, kind = 'no-equivalent') => draft.leave(generalize(path, rules), source, kind, why),
    });
    for (const issue of issues) {
      const at = [...path, ...issue.path.map((part) => (typeof part === 'symbol' ? String(part) : part))];
      draft.problem(sourceOf(at, false), `${formatPath(at)}: ${issue.message}`);
    }
  };

  const visit = (value: unknown, path: readonly string[]): void => {
    const rule = rules.find(({ at }) => at.length === path.length && fits(at, path));
    const name = path.at(-1) ?? '';
    if (isSecretName(name)) leaveAll(value, path, 'secret', SECRET_WHY);
    else if (rule?.left !== undefined) leaveAll(value, path, rule.left.kind, rule.left.why);
    else if (rule !== undefined && value !== null) applyRule(rule, value, path);
    else if (rule !== undefined) return;
    else if (!rules.some(({ at }) => fits(at, path)))
      leaveAll(
        value,
        path,
        'unknown',
        `Drover does not know this key${suggest(name, path.slice(0, -1), rules)}`,
      );
    else if (isMapping(value))
      for (const [inner, below] of Object.entries(value)) visit(below, [...path, inner]);
    else if (value !== null)
      draft.problem(
        sourceOf(path, false),
        `${path.length === 0 ? 'the file' : formatPath(path)}: write a mapping`,
      );
  };
  visit(reading.value, []);
};

export type { Place, Rule };
export { applyRules, isMapping, leave, take };
