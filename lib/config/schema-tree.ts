import * as z from 'zod';
import type { ConfigPath } from './config-path.ts';
import { fleetConfigSchema } from './fleet-config.ts';

type Schema = z.core.JSONSchema.BaseSchema;

/** The JSON Schema of fleet.yaml, for editors. What JSON Schema cannot say (sums, comparisons), `drover apply` checks. */
const fleetJsonSchema = (): Schema => ({
  ...z.toJSONSchema(fleetConfigSchema, { io: 'input' }),
  title: 'fleet.yaml of Drover',
});

const isSchema = (value: unknown): value is Schema => typeof value === 'object' && value !== null;

const tree = fleetJsonSchema();

const propertyOf = (schema: Schema, key: string): Schema | undefined => {
  const own =
    schema.properties !== undefined && Object.hasOwn(schema.properties, key)
      ? schema.properties[key]
      : schema.additionalProperties;
  return isSchema(own) ? own : undefined;
};

const itemOf = ({ items }: Schema): Schema | undefined =>
  isSchema(items) && !Array.isArray(items) ? items : undefined;

/** What the schema says about a place; undefined when there is no such place. */
const schemaAt = (path: ConfigPath): Schema | undefined => {
  let at: Schema | undefined = tree;
  for (const segment of path) at = at && (typeof segment === 'number' ? itemOf(at) : propertyOf(at, segment));
  return at;
};

/** The fixed names of a mapping; none where names are free. */
const namesAt = (path: ConfigPath): string[] => Object.keys(schemaAt(path)?.properties ?? {});

/** How a person reads names that are free, or that are many of one kind. */
const placeholders: Readonly<Record<string, string>> = {
  providers: '<provider>',
  roles: '<role>',
  labels: '<key=value>',
  nodes: '<nodeId>',
};

const findPlaces = (schema: Schema, name: string, path: readonly string[]): string[] => {
  const placeholder = placeholders[path.at(-1) ?? ''];
  const children: [string, unknown][] = Object.entries(schema.properties ?? {});
  if (placeholder !== undefined) children.push([placeholder, schema.additionalProperties]);
  const here = schema.properties !== undefined && Object.hasOwn(schema.properties, name);
  return [
    ...(here ? [path.join('.')] : []),
    ...children.flatMap(([key, child]) =>
      isSchema(child) ? findPlaces(child, name, [...path, placeholder ?? key]) : [],
    ),
  ];
};

/** Every mapping that has this name: `idle`, `idle.providers.<provider>`, … */
const placesOf = (name: string): string[] => [
  ...new Set(findPlaces(tree, name, []).filter((place) => place !== '')),
];

export { fleetJsonSchema, namesAt, placesOf, schemaAt };
