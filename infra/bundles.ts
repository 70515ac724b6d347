import { readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { z } from 'zod';

const manifestSchema = z.looseObject({
  artifacts: z.record(
    z.string(),
    z.looseObject({
      type: z.string(),
      properties: z.looseObject({ templateFile: z.string().optional() }).optional(),
    }),
  ),
});

const templateSchema = z.looseObject({
  Resources: z.record(z.string(), z.looseObject({ Type: z.string(), Properties: z.unknown() })),
});

const functionSchema = z.looseObject({
  FunctionName: z.string(),
  Code: z.looseObject({ S3Key: z.string() }),
  Environment: z.looseObject({ Variables: z.record(z.string(), z.unknown()) }).optional(),
});

/** The code of one function as a deployment would upload it. */
interface Bundle {
  readonly functionName: string;
  /** The module that exports the handler. */
  readonly file: string;
  /** Before it is zipped. */
  readonly bytes: number;
  /** The names of the variables that the function is given. */
  readonly variables: readonly string[];
}

const readJson = <T>(file: string, schema: z.ZodType<T>): T => {
  try {
    return schema.parse(JSON.parse(readFileSync(file, 'utf8')));
  } catch (error) {
    throw new Error(`cannot read ${file}: run npm run synth first`, { cause: error });
  }
};

/**
 * The bundles in a folder that `cdk synth` wrote.
 * @throws Error when there is no assembly, or one without bundles.
 */
const readBundles = (assemblyFolder: string): Bundle[] => {
  const { artifacts } = readJson(join(assemblyFolder, 'manifest.json'), manifestSchema);
  const bundles = Object.values(artifacts).flatMap(({ type, properties }) => {
    if (type !== 'aws:cloudformation:stack' || properties?.templateFile === undefined) return [];
    const { Resources } = readJson(join(assemblyFolder, properties.templateFile), templateSchema);
    return Object.values(Resources)
      .filter(({ Type }) => Type === 'AWS::Lambda::Function')
      .map(({ Properties }): Bundle => {
        const { FunctionName, Code, Environment } = functionSchema.parse(Properties);
        const file = join(assemblyFolder, `asset.${Code.S3Key.replace(/\.zip$/, '')}`, 'index.mjs');
        return {
          functionName: FunctionName,
          file,
          bytes: statSync(file).size,
          variables: Object.keys(Environment?.Variables ?? {}),
        };
      });
  });
  if (bundles.length === 0) throw new Error(`${assemblyFolder} has no functions: run npm run synth first`);
  return bundles;
};

export type { Bundle };
export { readBundles };
