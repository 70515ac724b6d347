import { ConfigError } from './config-error.ts';
import { type ConfigPath, formatPath } from './config-path.ts';
import { describeIssues } from './describe-issue.ts';
import { type FleetConfig, fleetConfigSchema, MAX_CONFIG_BYTES } from './fleet-config.ts';
import { readYaml } from './read-yaml.ts';
import { schemaAt } from './schema-tree.ts';

/** A mapping or list whose every line is commented out is an empty one; a setting without its value is not. */
const fillEmpty = (value: unknown, path: ConfigPath): unknown => {
  if (value === null) {
    const type = schemaAt(path)?.type;
    return type === 'object' ? {} : type === 'array' ? [] : value;
  }
  if (typeof value !== 'object' || Array.isArray(value)) return value;
  return Object.fromEntries(
    Object.entries(value).map(([name, inner]) => [name, fillEmpty(inner, [...path, name])]),
  );
};

/**
 * Reads fleet.yaml, all of it or nothing.
 * @param name how messages call it
 * @throws ConfigError that says all that is wrong, each with line, column, place and what is allowed
 */
const readFleetYaml = (text: string, name = 'fleet.yaml'): FleetConfig => {
  const bytes = Buffer.byteLength(text);
  if (bytes > MAX_CONFIG_BYTES)
    throw new ConfigError(name, [`${name} has ${bytes} bytes, at most ${MAX_CONFIG_BYTES} are allowed`]);
  const reading = readYaml(text);
  if ('problems' in reading)
    throw new ConfigError(
      name,
      reading.problems.map(({ line, column, message }) => `${name}:${line}:${column} ${message}`),
    );
  const written = fillEmpty(reading.value, []);
  const parsed = fleetConfigSchema.safeParse(written);
  if (parsed.success) return parsed.data;
  const problems = describeIssues(parsed.error, written).map(({ path, isAboutName, message }) => {
    const { line, column } = reading.locate(path, isAboutName);
    const place = path.length === 0 ? '' : `${formatPath(path)}: `;
    return { line, column, text: `${name}:${line}:${column} ${place}${message}` };
  });
  problems.sort((a, b) => a.line - b.line || a.column - b.column);
  throw new ConfigError(
    name,
    problems.map((problem) => problem.text),
    { cause: parsed.error },
  );
};

export { readFleetYaml };
