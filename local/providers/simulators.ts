import { type Account, createAccount } from './account.ts';
import { createControlApi } from './control-api.ts';
import { createFaults } from './faults.ts';
import { lambdaLabsApi } from './lambda-labs/api.ts';
import { type Machines, noMachines } from './machines.ts';
import type { ProviderApi } from './provider-api.ts';
import { createRequestLog } from './request-log.ts';
import { runpodApi } from './runpod/api.ts';
import { startServer } from './server.ts';
import { type Simulator, simulatedKey } from './simulator.ts';
import { vastApi } from './vast/api.ts';

const APIS: readonly ProviderApi[] = [lambdaLabsApi, vastApi, runpodApi];

interface SimulatorOptions {
  /** Default: any free one. */
  readonly port?: number;
  /** State is kept here over restarts; without it, it is gone at the end. */
  readonly dataFolder?: string;
  /** What instances are; default nothing but records. */
  readonly machines?: Machines;
  /** Epoch milliseconds; bills, phases and rate limits go by it. */
  readonly now?: () => number;
  /** False: every pace is fine, e.g. where a test makes time fly. Requests are counted all the same. */
  readonly rateLimits?: boolean;
  /** How long instances boot and end; default as each provider's rules say. */
  readonly bootMs?: number;
  readonly terminateMs?: number;
  readonly log?: (line: string) => void;
}

interface Simulators {
  readonly endpoint: string;
  readonly all: readonly Simulator[];
  /** @throws Error when that provider is not simulated */
  of(provider: string): Simulator;
  /** Starts the machines of instances that an earlier process left behind. */
  resume(): Promise<void>;
  /** Resolves when every machine is as its instance says. */
  settled(): Promise<void>;
  /** Ends the server and the machines; the instances (and their bills) go on. */
  stop(): Promise<void>;
}

/**
 * Starts the simulators of all providers behind one server on 127.0.0.1, each under its own prefix.
 * @throws CloudError when the state in the data folder is damaged
 */
const startSimulators = async (options: SimulatorOptions = {}): Promise<Simulators> => {
  const { machines = noMachines, now = Date.now, log = () => undefined } = options;
  const accounts: Account[] = [];
  const nextFolder = (): string => {
    const taken = [...machines.folders(), ...accounts.flatMap((account) => account.folders())].map(Number);
    return String(Math.max(0, ...taken.filter(Number.isInteger)) + 1);
  };
  const states = APIS.map((api) => {
    const account = createAccount({
      rules: api.rules,
      now,
      machines,
      dataFolder: options.dataFolder,
      nextFolder,
      log,
      bootMs: options.bootMs,
      terminateMs: options.terminateMs,
    });
    accounts.push(account);
    return {
      api,
      account,
      now,
      faults: createFaults(),
      requests: createRequestLog(),
      limiter: options.rateLimits === false ? undefined : api.createLimiter(),
      keys: new Set([simulatedKey(api.rules.key)]),
    };
  });
  const control = createControlApi(() => all);
  const server = await startServer({ port: options.port ?? 0, states, control, log });
  const all: Simulator[] = states.map(({ api, account, faults, requests, keys }) => ({
    provider: api.rules.key,
    baseUrl: `${server.endpoint}/${api.rules.key}${api.basePath}`,
    account,
    faults,
    requests,
    keys,
  }));
  const settled = async (): Promise<void> => {
    await Promise.all(accounts.map((account) => account.settled()));
  };
  return {
    endpoint: server.endpoint,
    all,
    of: (provider) => {
      const found = all.find((simulator) => simulator.provider === provider);
      if (found === undefined) throw new Error(`there is no simulator of ${provider}`);
      return found;
    },
    resume: async () => {
      for (const account of accounts) await account.resume();
    },
    settled,
    stop: async () => {
      await server.stop();
      await settled();
      await machines.close();
    },
  };
};

export type { SimulatorOptions, Simulators };
export { startSimulators };
