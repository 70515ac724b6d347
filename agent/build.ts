import { join } from 'node:path';
import { build } from 'esbuild';

/** Bundles a program into one minified file that runs on Node 22.12 and later, without node_modules. */
const bundleProgram = async (entryPoint: string, outFile: string): Promise<void> => {
  await build({
    entryPoints: [entryPoint],
    outfile: outFile,
    bundle: true,
    minify: true,
    platform: 'node',
    format: 'esm',
    target: 'node22.12',
    legalComments: 'none',
    logLevel: 'warning',
    // Some dependencies are CommonJS and call require for Node's own modules.
    banner: {
      js: "import{createRequire as droverRequire}from'node:module';const require=droverRequire(import.meta.url);",
    },
  });
};

/** The agent as one file. */
const buildAgent = async (outFile: string): Promise<void> =>
  await bundleProgram(join(import.meta.dirname, 'main.ts'), outFile);

if (import.meta.main) await buildAgent(join(import.meta.dirname, '..', 'dist', 'drover-agent.mjs'));

export { buildAgent, bundleProgram };
