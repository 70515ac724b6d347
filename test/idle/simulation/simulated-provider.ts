import type { Instance } from '../../../lib/providers/instance.ts';
import { ProviderError, type ProviderErrorKind } from '../../../lib/providers/provider-error.ts';
import type { Provider, TerminateOutcome } from '../../../lib/providers/provider-port.ts';
import { type Counts, count, type Fault } from './faults.ts';
import type { Random } from './random.ts';

interface Rented {
  instance: Instance;
  /** When it really ends; undefined: it was not asked, or ignores it. */
  endsAtSeconds?: number;
  /** A request of ours set that. */
  isOurs?: boolean;
}

interface SimulatedProvider extends Pick<Provider, 'key' | 'listInstances' | 'terminate'> {
  readonly rented: Map<string, Rented>;
  /** Until then its key may end nothing. */
  lockedOutUntil: number;
  /** Ends what is due, and answers which, and whether at our request. */
  advance(nowSeconds: number): { readonly instanceId: string; readonly isOurs: boolean }[];
}

interface ProviderOptions {
  readonly key: Provider['key'];
  readonly random: Random;
  readonly faults: Counts<Fault>;
  /** How likely an answer is a fault now. */
  likely(): { readonly list: number; readonly terminate: number };
  now(): number;
  /** A slow answer lets the time go by. */
  takeTime(seconds: number): void;
  /** Sees each request before it has any effect; answers who sees the outcome. */
  onTerminate(instanceId: string): Promise<(outcome: TerminateOutcome['outcome']) => void>;
}

const LIST_ERRORS: Partial<Record<Fault, ProviderErrorKind>> = {
  'list-error': 'transient',
  'list-rate-limited': 'rate-limited',
  'list-gone-410': 'unexpected-shape',
  'list-undecodable': 'unexpected-shape',
};
const LIST_FAULTS = [
  'list-error',
  'list-rate-limited',
  'list-gone-410',
  'list-undecodable',
  'list-half',
  'list-empty',
  'list-slow',
] as const;
const TERMINATE_FAULTS = [
  'terminate-error',
  'terminate-rate-limited',
  'terminate-undecodable',
  'terminate-refused',
  'terminate-auth-failure',
  'terminate-not-found',
  'terminate-ignored',
  'terminate-slow',
] as const;

/** A provider that answers errors, half lists, late answers, refusals and promises that it does not keep. */
const createSimulatedProvider = ({
  key,
  random,
  faults,
  likely,
  now,
  takeTime,
  onTerminate,
}: ProviderOptions): SimulatedProvider => {
  const rented = new Map<string, Rented>();
  const goesSoon = (one: Rented): void => {
    if (one.endsAtSeconds !== undefined) return;
    one.endsAtSeconds = now() + random.pick([0, 60, 120]);
    one.isOurs = true;
  };
  const outcomeOf = (one: Rented): TerminateOutcome['outcome'] => {
    if (!random.chance(likely().terminate)) {
      goesSoon(one);
      return 'accepted';
    }
    const fault = random.pick(TERMINATE_FAULTS);
    count(faults, fault);
    switch (fault) {
      case 'terminate-error':
        return 'transient';
      case 'terminate-rate-limited':
        return 'rate-limited';
      case 'terminate-refused':
        return 'refused';
      case 'terminate-auth-failure':
        return 'auth-failure';
      case 'terminate-undecodable':
        // It may have gone all the same.
        if (random.chance(0.5)) goesSoon(one);
        return 'unknown';
      case 'terminate-not-found':
        if (random.chance(0.5)) goesSoon(one);
        return 'gone-confirm';
      case 'terminate-ignored':
        return 'accepted';
      case 'terminate-slow':
        takeTime(random.whole(5, 15));
        goesSoon(one);
        return 'accepted';
    }
  };
  const provider: SimulatedProvider = {
    key,
    rented,
    lockedOutUntil: 0,
    advance: (seconds) => {
      const due = [...rented].filter(([, { endsAtSeconds = Infinity }]) => endsAtSeconds <= seconds);
      for (const [instanceId] of due) rented.delete(instanceId);
      return due.map(([instanceId, { isOurs = false }]) => ({ instanceId, isOurs }));
    },
    listInstances: async () => {
      const all = [...rented.values()].map(({ instance }) => instance);
      if (!random.chance(likely().list)) return all;
      const fault = random.pick(LIST_FAULTS);
      count(faults, fault);
      const kind = LIST_ERRORS[fault];
      if (kind !== undefined) throw new ProviderError(key, kind, fault);
      if (fault === 'list-half') return all.filter(() => random.chance(0.5));
      if (fault === 'list-empty') return [];
      takeTime(random.whole(5, 15));
      return all;
    },
    terminate: async (instanceId) => {
      const answered = await onTerminate(instanceId);
      const one = rented.get(instanceId);
      const isLockedOut = now() < provider.lockedOutUntil;
      const outcome = one === undefined ? 'gone-confirm' : isLockedOut ? 'auth-failure' : outcomeOf(one);
      answered(outcome);
      return { outcome, detail: outcome, ...(outcome === 'rate-limited' ? { retryAfterSeconds: 90 } : {}) };
    },
  };
  return provider;
};

export type { SimulatedProvider };
export { createSimulatedProvider };
