import * as z from 'zod';

/** A parameter's value: what one argument of a program can say. */
const parameterValueSchema = z.union([z.string().max(1024), z.number(), z.boolean()]);
type ParameterValue = z.infer<typeof parameterValueSchema>;
const parametersSchema = z.record(z.string(), parameterValueSchema);
type Parameters = z.infer<typeof parametersSchema>;

/** What a work item may say for one parameter. Nothing outside of it reaches a program. */
const parameterSchema = z.discriminatedUnion('type', [
  z.strictObject({
    type: z.literal('integer'),
    minimum: z.int().optional(),
    maximum: z.int().optional(),
    default: z.int().optional(),
  }),
  z.strictObject({
    type: z.literal('number'),
    minimum: z.number().optional(),
    maximum: z.number().optional(),
    default: z.number().optional(),
  }),
  z.strictObject({ type: z.literal('boolean'), default: z.boolean().optional() }),
  z.strictObject({
    type: z.literal('string'),
    /** Without it: letters, digits and `. _ + - / = : @ ,`, not beginning with `-`, so that no value becomes an option. */
    oneOf: z.array(z.string().max(1024)).min(1).max(200).optional(),
    default: z.string().max(1024).optional(),
  }),
]);
type Parameter = z.infer<typeof parameterSchema>;

/** Nothing that a program or a path could read as more than one plain word. */
const PLAIN_WORD = /^[A-Za-z0-9._+/=:@,][A-Za-z0-9._+/=:@,-]*$/;

interface Bounds {
  readonly minimum?: number | undefined;
  readonly maximum?: number | undefined;
}

const isBetween = (value: number, { minimum, maximum }: Bounds): boolean =>
  value >= (minimum ?? Number.NEGATIVE_INFINITY) && value <= (maximum ?? Number.POSITIVE_INFINITY);

const isAllowed = (parameter: Parameter, value: ParameterValue): boolean => {
  switch (parameter.type) {
    case 'integer':
      return typeof value === 'number' && Number.isSafeInteger(value) && isBetween(value, parameter);
    case 'number':
      return typeof value === 'number' && Number.isFinite(value) && isBetween(value, parameter);
    case 'boolean':
      return typeof value === 'boolean';
    case 'string':
      if (typeof value !== 'string' || value.includes('\0')) return false;
      return parameter.oneOf === undefined ? PLAIN_WORD.test(value) : parameter.oneOf.includes(value);
  }
};

const rangeOf = ({ minimum, maximum }: Bounds): string => {
  if (minimum !== undefined && maximum !== undefined) return ` from ${minimum} to ${maximum}`;
  if (minimum !== undefined) return `, at least ${minimum}`;
  return maximum === undefined ? '' : `, at most ${maximum}`;
};

/** What the parameter may be, in words that follow "must be". */
const describeParameter = (parameter: Parameter): string => {
  switch (parameter.type) {
    case 'integer':
      return `a whole number${rangeOf(parameter)}`;
    case 'number':
      return `a number${rangeOf(parameter)}`;
    case 'boolean':
      return 'true or false';
    case 'string':
      return parameter.oneOf === undefined
        ? 'letters, digits and . _ + - / = : @ , that do not begin with -'
        : `one of ${parameter.oneOf.map((word) => JSON.stringify(word)).join(', ')}`;
  }
};

export type { Parameter, Parameters, ParameterValue };
export { describeParameter, isAllowed, parameterSchema, parametersSchema };
