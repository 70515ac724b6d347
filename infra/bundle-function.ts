import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { buildSync } from 'esbuild';
import type { FunctionName } from '../lib/constants.ts';

const FUNCTIONS_FOLDER = join(import.meta.dirname, '..', 'functions');

/**
 * Bundles `functions/<name>.ts` into one minified module with its SDK (what was tested is what runs), and gives
 * `use` a folder that holds nothing else and is gone afterwards. In this process: the CDK's NodejsFunction starts npx
 * for each function, which takes longer than the bundles.
 */
const withFunctionBundle = <Result>(name: FunctionName, use: (folder: string) => Result): Result => {
  const folder = mkdtempSync(join(tmpdir(), 'drover-bundle-'));
  try {
    buildSync({
      entryPoints: [join(FUNCTIONS_FOLDER, `${name}.ts`)],
      outfile: join(folder, 'index.mjs'),
      bundle: true,
      minify: true,
      platform: 'node',
      format: 'esm',
      target: 'node24',
      mainFields: ['module', 'main'],
      legalComments: 'none',
      logLevel: 'warning',
      // Stands for the SDK's chain of credential providers, of which Lambda has one.
      alias: { '@aws-sdk/credential-provider-node': join(FUNCTIONS_FOLDER, 'lambda-credentials.ts') },
      // Some dependencies are CommonJS and call require for Node's own modules.
      banner: {
        js: "import{createRequire as droverRequire}from'node:module';const require=droverRequire(import.meta.url);",
      },
    });
    return use(folder);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
};

export { withFunctionBundle };
