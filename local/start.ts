import { createWriteStream, existsSync } from 'node:fs';
import { join } from 'node:path';
import { type Cloud, startCloud } from './cloud.ts';
import { CloudError, FlagsError } from './cloud-error.ts';
import { bundleAgent } from './start/agent-bundle.ts';
import { type AgentProcess, startAgentProcess } from './start/agent-process.ts';
import { banner } from './start/banner.ts';
import { type DataFolder, openDataFolder } from './start/data-folder.ts';
import { parseFlags, type StartFlags } from './start/flags.ts';
import { mintToken } from './start/mint-token.ts';
import { asPortError, refuseTakenPort } from './start/port.ts';
import { rememberAgents, waitForPreviousAgents } from './start/previous-agents.ts';
import { profileOf, writeProfile } from './start/write-profile.ts';
import { synthesize } from './synth.ts';

/** `npm start`: the whole of Drover on this machine, until Ctrl-C. */

const started = Date.now();
const say = (line: string): boolean => process.stdout.write(`${line}\n`);

const openCloud = async (
  assemblyFolder: string,
  folder: DataFolder,
  { port }: StartFlags,
): Promise<Cloud> => {
  const log = createWriteStream(join(folder.logs, 'cloud.log'), { flags: 'a' });
  try {
    return await startCloud({
      assemblyFolder,
      dataFolder: folder.cloud,
      port,
      log: (line) => log.write(`${new Date().toISOString()} ${line}\n`),
    });
  } catch (error) {
    throw asPortError(error, port);
  }
};

const startAgents = async (
  cloud: Cloud,
  bundle: string,
  folder: DataFolder,
  { nodes }: StartFlags,
): Promise<AgentProcess[]> => {
  if (nodes === 0) return [];
  const joinToken = await mintToken(cloud, nodes);
  const { enrolmentUrl } = profileOf(cloud);
  return Array.from({ length: nodes }, (_, position) => {
    const index = position + 1;
    return startAgentProcess({
      bundle,
      dataFolder: folder.node(index),
      logFile: join(folder.logs, `node-${index}.log`),
      endpoint: cloud.endpoint,
      region: cloud.region,
      enrolmentUrl,
      joinToken,
      instanceId: `local-${index}`,
      // Without GPUs only nodes that train get training files.
      environment: { DROVER_TRAINS: 'true' },
    });
  });
};

/** Resolves at the first Ctrl-C or SIGTERM; a second one ends the process at once, and the agents with it. */
const waitForSignal = (): Promise<undefined> =>
  new Promise((resolve) => {
    let asked = false;
    const onSignal = (): void => {
      if (asked) process.exit(1);
      asked = true;
      resolve(undefined);
    };
    process.on('SIGINT', onSignal);
    process.on('SIGTERM', onSignal);
    process.on('SIGHUP', onSignal);
  });

const run = async (flags: StartFlags): Promise<void> => {
  const signalled = waitForSignal();
  // A start that fails leaves nothing behind. In a folder that is there, its lock knows more: who has the port, and the folder.
  if (!existsSync(flags.dataFolder)) await refuseTakenPort(flags.port);
  const folder = openDataFolder(flags.dataFolder);
  say('Building the stack and the agent …');
  const preparing = Promise.all([synthesize(), bundleAgent(), waitForPreviousAgents(folder.agents)]);
  const built = await Promise.race([preparing, signalled]);
  if (built === undefined) return;
  const [assemblyFolder, bundle] = built;
  const cloud = await openCloud(assemblyFolder, folder, flags);
  let agents: AgentProcess[] = [];
  let stopping = false;
  try {
    writeProfile(folder.profile, profileOf(cloud));
    agents = await startAgents(cloud, bundle, folder, flags);
    rememberAgents(folder.agents, agents);
    for (const agent of agents) {
      void agent.ended.then((how) => {
        if (!stopping) say(`The agent of ${agent.instanceId} ended (${how}). Its log: ${agent.logFile}`);
      });
    }
    const workingFolder = process.cwd();
    say(
      banner({
        endpoint: cloud.endpoint,
        nodes: flags.nodes,
        seconds: (Date.now() - started) / 1000,
        dataFolder: flags.dataFolder,
        profile: folder.profile,
        profileIsFound: folder.profile === join(workingFolder, '.drover', 'profile.json'),
        workingFolder,
      }),
    );
    await signalled;
    say('Stopping …');
  } finally {
    stopping = true;
    await Promise.all(agents.map((agent) => agent.stop()));
    await cloud.stop();
    folder.release();
  }
};

try {
  const flags = parseFlags(process.argv.slice(2), process.cwd());
  if (flags !== undefined) await run(flags);
  process.exit(0);
} catch (error) {
  const message =
    error instanceof Error ? (error instanceof CloudError ? error.message : error.stack) : String(error);
  process.stderr.write(`npm start: ${message ?? String(error)}\n`);
  // As `drover` does: 2 when the command line is wrong.
  process.exit(error instanceof FlagsError ? 2 : 1);
}
