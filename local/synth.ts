import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import * as z from 'zod';
import { cachedBuild, projectFolder } from './build-cache.ts';
import { runNode } from './run-node.ts';

/** The stage that runs on this machine. */
const LOCAL_STAGE = 'local';

const INPUTS = ['infra', 'functions', 'lib', 'cdk.json', 'package-lock.json', 'tsconfig.json'];

const cdkConfigSchema = z.looseObject({ context: z.record(z.string(), z.unknown()).default({}) });

/**
 * Synthesizes the stack for this machine's stage as the CDK CLI would, without the CLI and offline, unless the
 * sources are unchanged. Answers the assembly's folder.
 * @throws CloudError with the app's output when it fails.
 */
const synthesize = (): Promise<string> =>
  cachedBuild('assembly', INPUTS, async (folder) => {
    const config = cdkConfigSchema.parse(JSON.parse(await readFile(join(projectFolder, 'cdk.json'), 'utf8')));
    await runNode([join('infra', 'app.ts')], {
      cwd: projectFolder,
      env: {
        ...process.env,
        CDK_OUTDIR: folder,
        CDK_CONTEXT_JSON: JSON.stringify({ ...config.context, stage: LOCAL_STAGE }),
      },
      what: 'synthesizing the stack (node infra/app.ts)',
    });
  });

export { LOCAL_STAGE, synthesize };
