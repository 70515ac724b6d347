import { join } from 'node:path';
import { cachedBuild, projectFolder } from '../build-cache.ts';
import { runNode } from '../run-node.ts';

const INPUTS = ['agent', 'lib', 'package-lock.json', 'tsconfig.json'];
const FILE_NAME = 'drover-agent.mjs';

/** Its own process, so that the bundler's helper does not stay. */
const BUILD = "const { buildAgent } = await import('./agent/build.ts'); await buildAgent(process.argv[1]);";

/** The agent as one file, built unless its sources are unchanged. Answers the file's path. */
const bundleAgent = async (): Promise<string> => {
  const folder = await cachedBuild('agent', INPUTS, (target) =>
    runNode(['--input-type=module', '--eval', BUILD, '--', join(target, FILE_NAME)], {
      cwd: projectFolder,
      env: process.env,
      what: 'bundling the agent (agent/build.ts)',
    }),
  );
  return join(folder, FILE_NAME);
};

export { bundleAgent };
