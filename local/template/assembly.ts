import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import * as z from 'zod';
import { CloudError } from '../cloud-error.ts';
import { type Template, templateSchema } from './template.ts';

const manifestSchema = z.looseObject({
  artifacts: z.record(
    z.string(),
    z.looseObject({
      type: z.string(),
      properties: z
        .looseObject({
          templateFile: z.string().optional(),
          file: z.string().optional(),
          stackName: z.string().optional(),
        })
        .optional(),
    }),
  ),
});

const assetManifestSchema = z.looseObject({
  files: z.record(
    z.string(),
    z.looseObject({
      source: z.looseObject({ path: z.string().optional(), packaging: z.string().optional() }),
      destinations: z.record(z.string(), z.looseObject({ objectKey: z.string() })),
    }),
  ),
});

/** One stack as `cdk synth` leaves it in a folder. */
interface Assembly {
  readonly stackName: string;
  readonly template: Template;
  /** The key under which a deployment uploads an asset → its folder on this disk. */
  readonly assetFolders: ReadonlyMap<string, string>;
}

const readJson = async <T>(file: string, schema: z.ZodType<T>): Promise<T> => {
  let text: string;
  try {
    text = await readFile(file, 'utf8');
  } catch (error) {
    throw new CloudError(`cannot read ${file}: synthesize the stack first`, { cause: error });
  }
  const parsed = schema.safeParse(JSON.parse(text));
  if (!parsed.success) {
    throw new CloudError(`${file} is not what cdk synth writes: ${z.prettifyError(parsed.error)}`, {
      cause: parsed.error,
    });
  }
  return parsed.data;
};

/**
 * Reads the stack and its assets from a folder that `cdk synth` wrote.
 * @throws CloudError when the folder does not hold exactly one stack.
 */
const readAssembly = async (folder: string): Promise<Assembly> => {
  const manifest = await readJson(join(folder, 'manifest.json'), manifestSchema);
  const stacks = Object.entries(manifest.artifacts).filter(
    ([, { type }]) => type === 'aws:cloudformation:stack',
  );
  const [stack] = stacks;
  if (stack === undefined || stacks.length > 1) {
    throw new CloudError(`${folder} holds ${stacks.length} stacks: the embedded cloud runs exactly one`);
  }
  const [artifactName, { properties }] = stack;
  const templateFile = properties?.templateFile ?? `${artifactName}.template.json`;
  const template = await readJson(join(folder, templateFile), templateSchema);
  const assetFile = Object.values(manifest.artifacts).find(({ type }) => type === 'cdk:asset-manifest')
    ?.properties?.file;
  const assetFolders = new Map<string, string>();
  if (assetFile !== undefined) {
    const assets = await readJson(join(folder, assetFile), assetManifestSchema);
    for (const { source, destinations } of Object.values(assets.files)) {
      for (const { objectKey } of Object.values(destinations)) {
        if (source.path !== undefined) assetFolders.set(objectKey, join(folder, source.path));
      }
    }
  }
  return { stackName: properties?.stackName ?? artifactName, template, assetFolders };
};

export type { Assembly };
export { readAssembly };
