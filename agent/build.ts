import { join } from 'node:path';
import { build } from 'esbuild';

/** Bundles the agent into one minified file that runs on Node 22.12 and later, without node_modules. */
const buildAgent = async (outFile: string): Promise<void> => {
  await build({
    entryPoints: [join(import.meta.dirname, 'main.ts')],
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

if (import.meta.main) await buildAgent(join(import.meta.dirname, '..', 'dist', 'drover-agent.mjs'));

export { buildAgent };
