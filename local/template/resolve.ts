import * as z from 'zod';
import { CloudError } from '../cloud-error.ts';
import { SUB_NAME } from './references.ts';

/** What a template can refer to while it is resolved. */
interface Scope {
  /** `Ref`: a pseudo parameter, a parameter's default or a made resource. Undefined: there is no such name. */
  ref(name: string): unknown;
  /** `Fn::GetAtt` of a made resource. Undefined: it has no such attribute. */
  attribute(logicalId: string, attribute: string): string | undefined;
  condition(name: string): unknown;
  mapping(name: string, top: string, second: string): unknown;
}

/** What `AWS::NoValue` resolves to: the property that holds it disappears. */
const NO_VALUE = Symbol('AWS::NoValue');

const objectSchema = z.record(z.string(), z.unknown());
const joinSchema = z.tuple([z.string(), z.array(z.unknown())]);
const splitSchema = z.tuple([z.string(), z.unknown()]);
const selectSchema = z.tuple([z.coerce.number().int(), z.unknown()]);
const ifSchema = z.tuple([z.string(), z.unknown(), z.unknown()]);
const pairSchema = z.tuple([z.unknown(), z.unknown()]);
const findInMapSchema = z.tuple([z.string(), z.unknown(), z.unknown()]);
const subSchema = z.union([z.string(), z.tuple([z.string(), objectSchema])]);

type Resolve = (value: unknown) => unknown;

const text = (value: unknown, where: string): string => {
  if (typeof value === 'string' || typeof value === 'number' || typeof value === 'boolean')
    return String(value);
  throw new CloudError(`${where}: expected a text, found ${JSON.stringify(value)}`);
};

const list = (value: unknown, where: string): unknown[] => {
  if (Array.isArray(value)) return value;
  throw new CloudError(`${where}: expected a list, found ${JSON.stringify(value)}`);
};

const parse = <T>(schema: z.ZodType<T>, argument: unknown, where: string): T => {
  const parsed = schema.safeParse(argument);
  if (parsed.success) return parsed.data;
  throw new CloudError(`${where}: ${JSON.stringify(argument)} is not an argument that it takes`, {
    cause: parsed.error,
  });
};

const refer = (name: string, scope: Scope, where: string): unknown => {
  if (name === 'AWS::NoValue') return NO_VALUE;
  const value = scope.ref(name);
  if (value === undefined) throw new CloudError(`${where}: nothing in the template is named ${name}`);
  return value;
};

const getAttribute = (argument: unknown, scope: Scope, where: string): string => {
  const path =
    typeof argument === 'string'
      ? argument
      : list(argument, where)
          .map((part) => text(part, where))
          .join('.');
  const [logicalId = '', ...rest] = path.split('.');
  const value = scope.attribute(logicalId, rest.join('.'));
  if (value === undefined) {
    throw new CloudError(`${where}: ${path} is no attribute that the embedded cloud knows`);
  }
  return value;
};

const substitute = (argument: unknown, resolve: Resolve, scope: Scope, where: string): string => {
  const parsed = parse(subSchema, argument, where);
  const [template, variables] = typeof parsed === 'string' ? [parsed, {}] : parsed;
  return template
    .replace(SUB_NAME, (_, raw: string) => {
      const name = raw.trim();
      if (Object.hasOwn(variables, name)) return text(resolve(variables[name]), where);
      return name.includes('.') && !name.startsWith('AWS::')
        ? getAttribute(name, scope, where)
        : text(refer(name, scope, where), where);
    })
    .replaceAll('${!', '${');
};

/** Each intrinsic function that the embedded cloud knows. */
const intrinsics: Record<
  string,
  (argument: unknown, resolve: Resolve, scope: Scope, where: string) => unknown
> = {
  Ref: (argument, _resolve, scope, where) => refer(text(argument, where), scope, where),
  Condition: (argument, resolve, scope, where) => resolve(scope.condition(text(argument, where))),
  'Fn::GetAtt': (argument, _resolve, scope, where) => getAttribute(argument, scope, where),
  'Fn::Sub': substitute,
  'Fn::Join': (argument, resolve, _scope, where) => {
    const [separator, parts] = parse(joinSchema, argument, where);
    return parts.map((part) => text(resolve(part), where)).join(separator);
  },
  'Fn::Split': (argument, resolve, _scope, where) => {
    const [separator, source] = parse(splitSchema, argument, where);
    return text(resolve(source), where).split(separator);
  },
  'Fn::Select': (argument, resolve, _scope, where) => {
    const [index, source] = parse(selectSchema, argument, where);
    const items = list(resolve(source), where);
    if (items[index] === undefined) throw new CloudError(`${where}: the list has no item ${index}`);
    return resolve(items[index]);
  },
  'Fn::FindInMap': (argument, resolve, scope, where) => {
    const [name, top, second] = parse(findInMapSchema, argument, where);
    const found = scope.mapping(name, text(resolve(top), where), text(resolve(second), where));
    if (found === undefined) throw new CloudError(`${where}: mapping ${name} has no such entry`);
    return found;
  },
  'Fn::If': (argument, resolve, scope, where) => {
    const [name, yes, no] = parse(ifSchema, argument, where);
    return resolve(resolve(scope.condition(name)) === true ? yes : no);
  },
  'Fn::Equals': (argument, resolve, _scope, where) => {
    const [left, right] = parse(pairSchema, argument, where);
    return text(resolve(left), where) === text(resolve(right), where);
  },
  'Fn::Not': (argument, resolve, _scope, where) => resolve(list(argument, where)[0]) !== true,
  'Fn::And': (argument, resolve, _scope, where) =>
    list(argument, where).every((item) => resolve(item) === true),
  'Fn::Or': (argument, resolve, _scope, where) =>
    list(argument, where).some((item) => resolve(item) === true),
};

/**
 * `value` with every intrinsic function replaced by what it stands for.
 * @param where the place in the template, for messages.
 * @throws CloudError for an unknown function or a name that nothing has.
 */
const resolve = (value: unknown, scope: Scope, where: string): unknown => {
  const again = (inner: unknown): unknown => resolve(inner, scope, where);
  if (Array.isArray(value)) return value.map(again).filter((item) => item !== NO_VALUE);
  const parsed = objectSchema.safeParse(value);
  if (!parsed.success) return value;
  const entries = Object.entries(parsed.data);
  const [first] = entries;
  if (first !== undefined && entries.length === 1) {
    const [name, argument] = first;
    const intrinsic = Object.hasOwn(intrinsics, name) ? intrinsics[name] : undefined;
    // `Condition` is an intrinsic only when it names one: in an IAM policy it holds an object.
    if (intrinsic !== undefined && (name !== 'Condition' || typeof argument === 'string')) {
      return intrinsic(argument, again, scope, `${where}, ${name}`);
    }
    if (name.startsWith('Fn::')) throw new CloudError(`${where}: the embedded cloud does not know ${name}`);
  }
  const resolved = entries.map(([key, inner]) => [key, resolve(inner, scope, `${where}.${key}`)] as const);
  return Object.fromEntries(resolved.filter(([, inner]) => inner !== NO_VALUE));
};

export type { Scope };
export { resolve };
