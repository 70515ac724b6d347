import { createWriteStream, existsSync } from 'node:fs';
import { join } from 'node:path';
import { createDynamoConfigStore } from '../lib/config/dynamo-config-store.ts';
import type { FleetConfig } from '../lib/config/fleet-config.ts';
import { resourceName, TABLES } from '../lib/constants.ts';
import { baseUrlVariable } from '../lib/providers/base-url-variable.ts';
import { systemClock } from '../lib/time.ts';
import { type Cloud, startCloud } from './cloud.ts';
import { CloudError, FlagsError } from './cloud-error.ts';
import type { Simulators } from './providers/simulators.ts';
import { bundleAgent } from './start/agent-bundle.ts';
import { createAgentMachines, type Home } from './start/agent-machines.ts';
import { banner } from './start/banner.ts';
import { type DataFolder, openDataFolder } from './start/data-folder.ts';
import { type IdleMode, parseFlags, type StartFlags } from './start/flags.ts';
import { createJoinTokens } from './start/join-tokens.ts';
import { leaveResults } from './start/leave-results.ts';
import { logInProviders } from './start/log-in-providers.ts';
import { createNarrator, type Narrator } from './start/narrate.ts';
import { openSimulators } from './start/open-simulators.ts';
import { withOperatorDocuments } from './start/operator-documents.ts';
import { asPortError, refuseTakenPort } from './start/port.ts';
import { waitForPreviousAgents } from './start/previous-agents.ts';
import { livingInstances, rentFleet, workingInstances } from './start/rent-fleet.ts';
import { announceIdle, applyStarterConfig, summarizeIdle } from './start/starter-config.ts';
import { profileOf, writeProfile } from './start/write-profile.ts';
import { LOCAL_STAGE, synthesize } from './synth.ts';

/** `npm start`: the whole of Drover on this machine, until Ctrl-C. */

const started = Date.now();
const say = (line: string): boolean => process.stdout.write(`${line}\n`);

/** Ten heartbeats within the minute after which a node is idle, and an inventory before it has drained. */
const AGENT_ENVIRONMENT = { DROVER_HEARTBEAT_SECONDS: '5', DROVER_INVENTORY_SECONDS: '20' };

const openLog = (file: string): ((line: string) => void) => {
  const log = createWriteStream(file, { flags: 'a' });
  return (line) => log.write(`${new Date().toISOString()} ${line}\n`);
};

const openCloud = async (
  assemblyFolder: string,
  folder: DataFolder,
  { port }: StartFlags,
  simulators: Simulators,
  narrator: Narrator,
): Promise<Cloud> => {
  try {
    return await startCloud({
      assemblyFolder,
      dataFolder: folder.cloud,
      port,
      functionEnvironment: Object.fromEntries(
        simulators.all.map(({ provider, baseUrl }) => [baseUrlVariable(provider), baseUrl]),
      ),
      onEvent: (event) => {
        const line = narrator.tell(event, new Date());
        if (line !== undefined) say(line);
      },
      log: openLog(join(folder.logs, 'cloud.log')),
    });
  } catch (error) {
    throw asPortError(error, port);
  }
};

const applyConfig = (cloud: Cloud, mode: IdleMode | undefined): Promise<FleetConfig> =>
  withOperatorDocuments(cloud, (documents) =>
    applyStarterConfig(
      createDynamoConfigStore(documents, resourceName(LOCAL_STAGE, TABLES.control)),
      systemClock,
      mode,
    ),
  );

/** What an instance costs while it runs. */
const priceOf = (simulators: Simulators, provider: string, instanceId: string): number | undefined =>
  simulators.all.find((one) => one.provider === provider)?.account.find(instanceId)?.offer.microUsdPerHour;

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
  const isFirst = !existsSync(join(flags.dataFolder, 'profile.json'));
  const folder = openDataFolder(flags.dataFolder);
  if (isFirst || flags.idle !== undefined) say(announceIdle(flags.idle));
  say('Building the stack and the agent …');
  const preparing = Promise.all([synthesize(), bundleAgent(), waitForPreviousAgents(folder.agents)]);
  const built = await Promise.race([preparing, signalled]);
  if (built === undefined) return;
  const [assemblyFolder, bundle] = built;
  let home: Home | undefined;
  const stopped = new AbortController();
  let cloud: Cloud | undefined;
  const simulators = await openSimulators(flags.port, {
    dataFolder: folder.providers,
    machines: createAgentMachines({
      bundle,
      nodesFolder: folder.nodes,
      machinesFolder: folder.machines,
      logsFolder: folder.logs,
      pidFile: folder.agents,
      agentEnvironment: AGENT_ENVIRONMENT,
      home: () => {
        if (home === undefined) throw new CloudError('no machine can boot before the cloud runs');
        return home;
      },
      onCrash: (agent, how) => {
        if (!stopped.signal.aborted)
          say(`The agent of ${agent.instanceId} ended (${how}). Its log: ${agent.logFile}`);
      },
    }),
    log: openLog(join(folder.logs, 'providers.log')),
  });
  try {
    const narrator = createNarrator((provider, instanceId) => priceOf(simulators, provider, instanceId));
    cloud = await openCloud(assemblyFolder, folder, flags, simulators, narrator);
    const config = await applyConfig(cloud, flags.idle);
    const profile = profileOf(
      cloud,
      Object.fromEntries(simulators.all.map(({ provider, baseUrl }) => [provider, baseUrl])),
    );
    writeProfile(folder.profile, profile);
    home = {
      endpoint: cloud.endpoint,
      region: cloud.region,
      enrolmentUrl: profile.enrolmentUrl,
      joinToken: createJoinTokens(cloud),
    };
    await logInProviders(
      cloud,
      simulators.all.map(({ provider }) => provider),
    );
    await simulators.resume();
    const rented = await rentFleet(simulators, flags.nodes);
    // Of those that idle shutdown ends soonest.
    const finished = rented.find(
      ({ id, load }) => load.gpuPercent === 0 && simulators.of('vast').account.find(id),
    );
    if (finished !== undefined) {
      leaveResults(join(folder.nodes, finished.folder), stopped.signal).catch((error: unknown) =>
        say(`No results could be written to ${finished.folder}: ${String(error)}`),
      );
    }
    const workingFolder = process.cwd();
    say(
      banner({
        endpoint: cloud.endpoint,
        providers: simulators.all.map(({ provider, baseUrl }) => ({ provider, baseUrl })),
        nodes: livingInstances(simulators),
        working: workingInstances(simulators),
        campaigns: Object.keys(config.work.campaigns),
        idle: summarizeIdle(config),
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
    stopped.abort();
    await simulators.stop();
    await cloud?.stop();
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
