import { readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import * as z from 'zod';

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
  /** The variables that the function is given, in an account and region that do not exist. */
  readonly environment: Readonly<Record<string, string>>;
}

const referenceSchema = z.object({ Ref: z.string() });
const joinSchema = z.object({ 'Fn::Join': z.tuple([z.string(), z.array(z.unknown())]) });

const PSEUDO_PARAMETERS = new Map([
  ['AWS::AccountId', '000000000000'],
  ['AWS::Partition', 'aws'],
  ['AWS::Region', 'us-east-1'],
  ['AWS::URLSuffix', 'amazonaws.com'],
]);

/** A text of the shape that a variable has once deployed: functions check the shape at their start. */
const standIn = (value: unknown): string => {
  if (typeof value === 'string') return value;
  const join = joinSchema.safeParse(value).data?.['Fn::Join'];
  if (join !== undefined) return join[1].map(standIn).join(join[0]);
  return PSEUDO_PARAMETERS.get(referenceSchema.safeParse(value).data?.Ref ?? '') ?? 'not-deployed';
};

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
          environment: Object.fromEntries(
            Object.entries(Environment?.Variables ?? {}).map(([name, value]) => [name, standIn(value)]),
          ),
        };
      });
  });
  if (bundles.length === 0) throw new Error(`${assemblyFolder} has no functions: run npm run synth first`);
  return bundles;
};

export type { Bundle };
export { readBundles };
