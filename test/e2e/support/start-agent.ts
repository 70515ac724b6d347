import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { codeCacheFolder } from '../../../local/build-cache.ts';
import type { ReachableCloud } from '../../../local/cloud.ts';
import { bundleAgent } from '../../../local/start/agent-bundle.ts';
import { type AgentProcess, startAgentProcess } from '../../../local/start/agent-process.ts';
import { mintToken } from '../../../local/start/mint-token.ts';
import { profileOf } from '../../../local/start/write-profile.ts';

interface TestAgentOptions {
  readonly dataFolder: string;
  readonly instanceId: string;
  /** A token of its own is minted unless this is given. */
  readonly joinToken?: string;
  /** The agent's own variables, e.g. `DROVER_BANDWIDTH_BYTES_PER_SECOND`. */
  readonly env?: Readonly<Record<string, string>>;
}

interface TestAgent extends AgentProcess {
  /** All that it wrote so far, JSON lines. */
  logs(): string;
}

/** Starts a real agent process against `cloud`. A second start with the same folder is the same node again. */
const startAgent = async (cloud: ReachableCloud, options: TestAgentOptions): Promise<TestAgent> => {
  const [bundle, joinToken] = await Promise.all([bundleAgent(), options.joinToken ?? mintToken(cloud, 1)]);
  const agent = startAgentProcess({
    bundle,
    dataFolder: options.dataFolder,
    logFile: join(options.dataFolder, '..', `${options.instanceId}.log`),
    endpoint: cloud.endpoint,
    region: cloud.region,
    enrolmentUrl: profileOf(cloud).enrolmentUrl,
    joinToken,
    instanceId: options.instanceId,
    // Nothing of the machine that runs the tests, unless a test says so.
    environment: { DROVER_DATA_PATHS: '', NODE_COMPILE_CACHE: codeCacheFolder, ...options.env },
  });
  return { ...agent, logs: () => (existsSync(agent.logFile) ? readFileSync(agent.logFile, 'utf8') : '') };
};

export type { TestAgent };
export { startAgent };
