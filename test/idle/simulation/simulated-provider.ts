import type { Instance } from '../../../lib/providers/instance.ts';
import { ProviderError } from '../../../lib/providers/provider-error.ts';
import type { Provider, TerminateOutcome } from '../../../lib/providers/provider-port.ts';
import type { Random } from './random.ts';

const FAULTS = [
  'list-error',
  'half-list',
  'transient',
  'rate-limited',
  'unknown',
  'never-gone',
  'gone-confirm',
] as const;
type Fault = (typeof FAULTS)[number];

interface Rented {
  instance: Instance;
  /** When it really ends; undefined: it was not asked, or ignores it. */
  endsAtSeconds?: number;
}

interface SimulatedProvider extends Pick<Provider, 'key' | 'listInstances' | 'terminate'> {
  readonly rented: Map<string, Rented>;
  readonly faults: Map<Fault, number>;
  /** Ends what is due; answers the ids. */
  advance(nowSeconds: number): string[];
  /** How likely each answer is a fault from now on. */
  troubled: { list: number; terminate: number };
}

/**
 * A provider that answers errors, half lists and refusals.
 * @param onTerminate sees each request before it has any effect
 */
const createSimulatedProvider = (
  key: Provider['key'],
  random: Random,
  onTerminate: (instanceId: string) => (outcome: TerminateOutcome['outcome']) => void,
): SimulatedProvider => {
  const rented = new Map<string, Rented>();
  const faults = new Map<Fault, number>();
  const count = (fault: Fault): void => {
    faults.set(fault, (faults.get(fault) ?? 0) + 1);
  };
  let nowSeconds = 0;
  const simulated: SimulatedProvider = {
    key,
    rented,
    faults,
    troubled: { list: 0.02, terminate: 0.4 },
    advance: (seconds) => {
      nowSeconds = seconds;
      const due = [...rented].filter(([, { endsAtSeconds = Infinity }]) => endsAtSeconds <= seconds);
      for (const [id] of due) rented.delete(id);
      return due.map(([id]) => id);
    },
    listInstances: async () => {
      const all = [...rented.values()].map(({ instance }) => instance);
      if (!random.chance(simulated.troubled.list)) return all;
      if (random.chance(0.5)) {
        count('list-error');
        throw new ProviderError(key, 'transient', 'answers 500');
      }
      count('half-list');
      return all.filter(() => random.chance(0.5));
    },
    terminate: async (instanceId) => {
      const answered = onTerminate(instanceId);
      const answer = (outcome: TerminateOutcome['outcome']): TerminateOutcome => {
        answered(outcome);
        return { outcome, detail: outcome };
      };
      const one = rented.get(instanceId);
      if (one === undefined) return answer('gone-confirm');
      if (!random.chance(simulated.troubled.terminate)) {
        one.endsAtSeconds = nowSeconds + random.pick([0, 60, 120]);
        return answer('accepted');
      }
      const fault = random.pick([
        'transient',
        'rate-limited',
        'unknown',
        'never-gone',
        'gone-confirm',
      ] as const);
      count(fault);
      if (fault === 'never-gone') return answer('accepted');
      // "Not found" for what is there, or an answer that nobody can read for what goes.
      if (fault === 'gone-confirm' || (fault === 'unknown' && random.chance(0.5)))
        one.endsAtSeconds = nowSeconds;
      return answer(fault);
    },
  };
  return simulated;
};

export type { Fault, SimulatedProvider };
export { createSimulatedProvider, FAULTS };
