/**
 * EventBridge's event patterns, after "Comparison operators for use in event patterns" in its user guide:
 * exact values, prefix, suffix, anything-but, exists, numeric, equals-ignore-case, wildcard, `$or` (no cidr).
 */
import { AwsError } from './aws-error.ts';

type Json = unknown;

const isRecord = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

const invalid = (reason: string): AwsError =>
  new AwsError('InvalidEventPatternException', `Event pattern is not valid. Reason: ${reason}`);

const isScalar = (value: unknown): value is string | number | boolean | null =>
  value === null || ['string', 'number', 'boolean'].includes(typeof value);

/** `*` stands for any run of characters; `\*` and `\\` for themselves. */
const wildcardToRegExp = (pattern: string): RegExp => {
  const parts = pattern.match(/\\[*\\]|\*|[^*\\]+|\\/g) ?? [];
  const quoted = parts.map((part) =>
    part === '*' ? '.*' : part.replace(/^\\([*\\])$/, '$1').replaceAll(/[.*+?^${}()|[\]\\]/g, '\\$&'),
  );
  return new RegExp(`^${quoted.join('')}$`, 's');
};

const COMPARISONS: Readonly<Record<string, (left: number, right: number) => boolean>> = {
  '=': (left, right) => left === right,
  '<': (left, right) => left < right,
  '<=': (left, right) => left <= right,
  '>': (left, right) => left > right,
  '>=': (left, right) => left >= right,
};

const matchesNumeric = (terms: Json, value: Json): boolean => {
  if (!Array.isArray(terms) || terms.length === 0 || terms.length % 2 === 1) {
    throw invalid('numeric needs pairs of operator and number');
  }
  let matches = typeof value === 'number';
  for (let index = 0; index < terms.length; index += 2) {
    const compare = COMPARISONS[String(terms[index])];
    const bound: unknown = terms[index + 1];
    if (compare === undefined || typeof bound !== 'number') {
      throw invalid(`numeric: ${JSON.stringify(terms)}`);
    }
    matches = matches && typeof value === 'number' && compare(value, bound);
  }
  return matches;
};

/** `text`, or `{ "equals-ignore-case": text }`, as prefix and suffix take it. */
const caseRule = (rule: Json, name: string): { text: string; fold: (text: string) => string } => {
  if (typeof rule === 'string') return { text: rule, fold: (text) => text };
  const folded = isRecord(rule) ? rule['equals-ignore-case'] : undefined;
  if (typeof folded !== 'string') throw invalid(`${name} needs a string`);
  return { text: folded.toLowerCase(), fold: (text) => text.toLowerCase() };
};

const TEXT_OPERATORS: Readonly<Record<string, (rule: Json, value: string) => boolean>> = {
  prefix: (rule, value) => {
    const { text, fold } = caseRule(rule, 'prefix');
    return fold(value).startsWith(text);
  },
  suffix: (rule, value) => {
    const { text, fold } = caseRule(rule, 'suffix');
    return fold(value).endsWith(text);
  },
  'equals-ignore-case': (rule, value) => {
    if (typeof rule !== 'string') throw invalid('equals-ignore-case needs a string');
    return value.toLowerCase() === rule.toLowerCase();
  },
  wildcard: (rule, value) => {
    if (typeof rule !== 'string') throw invalid('wildcard needs a string');
    return wildcardToRegExp(rule).test(value);
  },
};

/** One value against what `anything-but` excludes: values, a list of them, or a text operator over one or several. */
const isExcluded = (excluded: Json, value: Json): boolean => {
  if (Array.isArray(excluded)) return excluded.some((item: Json) => isExcluded(item, value));
  if (isScalar(excluded)) return excluded === value;
  if (!isRecord(excluded)) throw invalid('anything-but needs values or an operator');
  return Object.entries(excluded).every(([name, rule]) => {
    const operator = TEXT_OPERATORS[name];
    if (operator === undefined) throw invalid(`anything-but does not know ${name}`);
    const rules: Json[] = Array.isArray(rule) ? rule : [rule];
    return typeof value === 'string' && rules.some((one) => operator(one, value));
  });
};

/** Whether a value that is there matches one element of a leaf array. */
const matchesElement = (element: Json, value: Json): boolean => {
  if (isScalar(element)) return element === value;
  if (!isRecord(element)) throw invalid('a match value is a string, number, boolean, null or one operator');
  const [operator, ...more] = Object.entries(element);
  if (operator === undefined || more.length > 0) throw invalid('one operator per match expression');
  const [name, rule] = operator;
  if (name === 'exists') return rule === true;
  if (name === 'numeric') return matchesNumeric(rule, value);
  if (name === 'anything-but') return !isExcluded(rule, value);
  const text = TEXT_OPERATORS[name];
  if (text === undefined) throw invalid(`unrecognized match type ${name}`);
  return typeof value === 'string' && text(rule, value);
};

const isAbsenceElement = (element: Json): boolean => isRecord(element) && element['exists'] === false;

const matchesLeaf = (elements: readonly Json[], value: Json): boolean => {
  if (elements.length === 0) throw invalid('empty arrays are not allowed');
  // `exists` looks at leaf nodes only: an object in this place is no leaf.
  const values: Json[] = (Array.isArray(value) ? value : [value]).filter(isScalar);
  if (value === undefined || values.length === 0) return elements.some(isAbsenceElement);
  return elements.some((element) => values.some((one) => matchesElement(element, one)));
};

const matchesFields = (pattern: Readonly<Record<string, Json>>, event: Json): boolean =>
  Object.entries(pattern).every(([field, expected]) => {
    if (field === '$or') {
      if (!Array.isArray(expected) || expected.length < 2) throw invalid('$or needs at least two patterns');
      return expected.some((branch: Json) => {
        if (!isRecord(branch)) throw invalid('$or needs patterns');
        return matchesFields(branch, event);
      });
    }
    const value = isRecord(event) ? event[field] : undefined;
    if (Array.isArray(expected)) return matchesLeaf(expected, value);
    if (!isRecord(expected)) throw invalid(`"${field}" must be an object or an array`);
    // A pattern under a list of objects holds when one of them fits.
    if (Array.isArray(value)) return value.some((one: Json) => matchesFields(expected, one));
    return matchesFields(expected, value);
  });

/**
 * Whether an event matches a rule's pattern.
 * @throws AwsError `InvalidEventPatternException` when the pattern is not one.
 */
const matchesPattern = (pattern: unknown, event: unknown): boolean => {
  if (!isRecord(pattern)) throw invalid('it is not an object');
  return matchesFields(pattern, event);
};

export { matchesPattern };
