import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';

/**
 * Writes what `cdk synth` would: one stack `hand-made` whose functions are these texts. A function `x` is the asset
 * `x.zip`.
 */
const writeAssembly = async (
  folder: string,
  template: unknown,
  functions: Readonly<Record<string, string>>,
): Promise<string> => {
  const files: Record<string, unknown> = {};
  for (const [name, code] of Object.entries(functions)) {
    await mkdir(join(folder, `asset.${name}`), { recursive: true });
    await writeFile(join(folder, `asset.${name}`, 'index.mjs'), code);
    files[name] = {
      source: { path: `asset.${name}`, packaging: 'zip' },
      destinations: { here: { bucketName: 'assets', objectKey: `${name}.zip` } },
    };
  }
  const manifest = {
    version: '55.0.0',
    artifacts: {
      'hand-made.assets': { type: 'cdk:asset-manifest', properties: { file: 'hand-made.assets.json' } },
      'hand-made': {
        type: 'aws:cloudformation:stack',
        properties: { templateFile: 'hand-made.template.json' },
      },
    },
  };
  await writeFile(join(folder, 'manifest.json'), JSON.stringify(manifest));
  await writeFile(join(folder, 'hand-made.assets.json'), JSON.stringify({ version: '55.0.0', files }));
  await writeFile(join(folder, 'hand-made.template.json'), JSON.stringify(template));
  return folder;
};

export { writeAssembly };
