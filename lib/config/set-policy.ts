import * as z from 'zod';
import { PermanentError } from '../errors.ts';
import { nearNames } from '../near-names.ts';
import { ConfigError } from './config-error.ts';
import { formatPath, parsePath } from './config-path.ts';
import { describeIssues, describeUnknownPath } from './describe-issue.ts';
import { type FleetConfig, fleetConfigSchema } from './fleet-config.ts';
import { readYaml } from './read-yaml.ts';

const mappingSchema = z.record(z.string(), z.unknown());
type Mapping = z.infer<typeof mappingSchema>;

const asMapping = (value: unknown): Mapping | undefined => mappingSchema.safeParse(value).data;
const ownEntry = (mapping: Mapping, key: string): unknown =>
  Object.hasOwn(mapping, key) ? mapping[key] : undefined;

const setIn = (at: unknown, [name, ...rest]: readonly string[], value: unknown): unknown => {
  if (name === undefined) return value;
  const mapping = asMapping(at) ?? {};
  return { ...mapping, [name]: setIn(ownEntry(mapping, name), rest, value) };
};

/** Without the last name of the path, nor a mapping that is empty then; undefined: nothing is left. */
const unsetIn = (at: Mapping, [name, ...rest]: readonly string[]): Mapping | undefined => {
  const entries = Object.entries(at).flatMap(([key, value]) => {
    if (key !== name) return [[key, value] as const];
    const inner = asMapping(value);
    const left = rest.length === 0 || inner === undefined ? undefined : unsetIn(inner, rest);
    return left === undefined ? [] : [[key, left] as const];
  });
  return entries.length === 0 ? undefined : Object.fromEntries(entries);
};

/** The whole result is checked: a value that is good by itself can contradict another. */
const checkWhole = (written: unknown, what: string): FleetConfig => {
  const parsed = fleetConfigSchema.safeParse(written);
  if (parsed.success) return parsed.data;
  throw new ConfigError(
    what,
    describeIssues(parsed.error, written).map(({ path, message }) =>
      path.length === 0 ? message : `${formatPath(path)}: ${message}`,
    ),
    { cause: parsed.error },
  );
};

/**
 * The configuration with one place set.
 * @param pathText `idle.providers.vast.mode`
 * @param valueText YAML: `enforce`, `0.50`, `["/scratch/**"]`
 * @throws ConfigError when there is no such place, or the value does not fit
 */
const setPolicy = (config: FleetConfig, pathText: string, valueText: string): FleetConfig => {
  const path = parsePath(pathText);
  const reading = readYaml(valueText);
  if ('problems' in reading)
    throw new ConfigError(
      `the value of ${formatPath(path)}`,
      reading.problems.map(({ message }) => message),
    );
  return checkWhole(setIn(config, path, reading.value), formatPath(path));
};

/** Everything that is written below a place; undefined when nothing is. */
const findPolicy = (config: FleetConfig, pathText: string): unknown => {
  let at: unknown = config;
  for (const name of parsePath(pathText)) {
    const mapping = asMapping(at);
    at = mapping && ownEntry(mapping, name);
  }
  return at;
};

const listPaths = (at: unknown, path: readonly string[] = []): string[] => {
  const inner = Object.entries(asMapping(at) ?? {}).flatMap(([name, value]) =>
    listPaths(value, [...path, name]),
  );
  return path.length === 0 ? inner : [formatPath(path), ...inner];
};

/**
 * The configuration without what is written at one place, so that what is weaker holds there again.
 * @throws PermanentError when nothing is written there
 */
const unsetPolicy = (config: FleetConfig, pathText: string): FleetConfig => {
  const path = parsePath(pathText);
  if (findPolicy(config, pathText) === undefined) {
    const near = nearNames(formatPath(path), listPaths(config));
    throw new PermanentError(
      describeUnknownPath(path) ??
        `${formatPath(path)} is not set${near.length === 0 ? '' : `; did you mean ${near.join(' or ')}?`} \`drover policy show\` lists what is`,
    );
  }
  return checkWhole(unsetIn({ ...config }, path) ?? {}, formatPath(path));
};

export { findPolicy, setPolicy, unsetPolicy };
