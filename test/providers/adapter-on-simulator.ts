import { createPacingGate } from '../../lib/providers/pacing-gate.ts';
import type { Provider } from '../../lib/providers/provider-port.ts';
import { providerFactories } from '../../lib/providers/registry.ts';
import { offerFor } from '../../local/providers/offers.ts';
import type { SimulatorOptions } from '../../local/providers/simulators.ts';
import { type SimulatedProvider, START, simulate } from '../local/providers/simulated-provider.ts';

const keys = ['lambda-labs', 'vast', 'runpod'] as const;

/** The real adapter before the simulator, on the simulator's clock, which the adapter's pace moves. */
const connect = async (key: (typeof keys)[number], instances: number, options: SimulatorOptions = {}) => {
  let elapsed = 0;
  const simulator: SimulatedProvider = await simulate(key, options);
  const pass = (milliseconds: number): void => {
    elapsed += milliseconds;
    simulator.pass(milliseconds);
  };
  for (let index = 0; index < instances; index += 1) await simulator.account.rent(offerFor(key, index));
  const clock = { now: () => new Date(START + elapsed) };
  const wait = async (milliseconds: number): Promise<void> => pass(milliseconds);
  const provider: Provider = providerFactories[key]({
    apiKey: async () => [...simulator.keys][0] ?? '',
    reloadApiKey: async () => [...simulator.keys][0] ?? '',
    fetch,
    clock,
    wait,
    gate: createPacingGate(clock, wait),
    baseUrl: simulator.baseUrl,
  });
  const listed = () => simulator.account.listed().map(({ id }) => id);
  return { provider, simulator, pass, listed, clock };
};

export { connect, keys };
