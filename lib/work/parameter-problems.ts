import type { Parameter, Parameters } from './job-template.ts';

/** Letters that mean nothing to a program's own parser; no value becomes an option of it. */
const PLAIN_TEXT = /^(?!-)[A-Za-z0-9._+\-/=:@,]*$/;

/** One parameter that does not fit, and what would. */
interface ParameterProblem {
  readonly name: string;
  readonly message: string;
}

const typeNames = {
  integer: 'a whole number',
  number: 'a number',
  boolean: 'true or false',
  string: 'text',
} as const satisfies Record<Parameter['type'], string>;

const rangeProblem = (
  value: number,
  { minimum, maximum }: { readonly minimum?: number | undefined; readonly maximum?: number | undefined },
): string | undefined => {
  if (minimum !== undefined && value < minimum) return `${value} is below the minimum ${minimum}`;
  if (maximum !== undefined && value > maximum) return `${value} is above the maximum ${maximum}`;
  return undefined;
};

/** Why a value does not fit what the template declares; undefined when it does. */
const valueProblem = (declared: Parameter, value: Parameters[string]): string | undefined => {
  const wrongType = `expected ${typeNames[declared.type]}, not ${JSON.stringify(value)}`;
  switch (declared.type) {
    case 'integer':
      return typeof value === 'number' && Number.isSafeInteger(value)
        ? rangeProblem(value, declared)
        : wrongType;
    case 'number':
      return typeof value === 'number' ? rangeProblem(value, declared) : wrongType;
    case 'boolean':
      return typeof value === 'boolean' ? undefined : wrongType;
    case 'string':
      if (typeof value !== 'string') return wrongType;
      if (declared.oneOf !== undefined)
        return declared.oneOf.includes(value)
          ? undefined
          : `write one of ${declared.oneOf.join(', ')}, not ${JSON.stringify(value)}`;
      return PLAIN_TEXT.test(value)
        ? undefined
        : `${JSON.stringify(value)} has more than letters, digits and . _ + - / = : @ , or begins with -: list such values in oneOf`;
  }
};

/** What a declaration says against itself; undefined when nothing. */
const declarationProblem = (declared: Parameter): string | undefined => {
  if (
    'minimum' in declared &&
    declared.minimum !== undefined &&
    declared.maximum !== undefined &&
    declared.minimum > declared.maximum
  )
    return `minimum (${declared.minimum}) is above maximum (${declared.maximum})`;
  if (declared.default === undefined) return undefined;
  const problem = valueProblem(declared, declared.default);
  return problem && `default: ${problem}`;
};

const ownEntry = <Value>(record: Readonly<Record<string, Value>>, name: string): Value | undefined =>
  Object.hasOwn(record, name) ? record[name] : undefined;

/**
 * Everything that keeps these values from being a job's: unknown names, values that do not fit, and names that have neither value nor default.
 * @param filled names that get their value otherwise
 */
const findParameterProblems = (
  declared: Readonly<Record<string, Parameter>>,
  given: Parameters,
  filled: readonly string[] = [],
): ParameterProblem[] => {
  const names = Object.keys(declared);
  const allowed = names.length === 0 ? 'it has none' : `it has ${names.join(', ')}`;
  const wrong = Object.entries(given).flatMap(([name, value]) => {
    const parameter = ownEntry(declared, name);
    const message =
      parameter === undefined
        ? `the template has no parameter ${name}: ${allowed}`
        : valueProblem(parameter, value);
    return message === undefined ? [] : [{ name, message }];
  });
  const missing = Object.entries(declared).flatMap(([name, parameter]) =>
    parameter.default !== undefined || Object.hasOwn(given, name) || filled.includes(name)
      ? []
      : [
          {
            name,
            message: `${name} is needed: ${typeNames[parameter.type]}, and the template has no default`,
          },
        ],
  );
  return [...wrong, ...missing];
};

/** The values with the defaults of the template where none is given. */
const fillParameters = (declared: Readonly<Record<string, Parameter>>, given: Parameters): Parameters => ({
  ...Object.fromEntries(
    Object.entries(declared).flatMap(([name, parameter]) =>
      parameter.default === undefined ? [] : [[name, parameter.default] as const],
    ),
  ),
  ...given,
});

export type { ParameterProblem };
export { declarationProblem, fillParameters, findParameterProblems, valueProblem };
