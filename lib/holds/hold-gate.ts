import type { Clock } from '../time.ts';
import { decideHold, type HoldDecision, type HoldScope } from './decide-hold.ts';
import type { Hold } from './hold.ts';
import type { HoldStore } from './hold-store.ts';

interface GatePorts {
  readonly holds: Pick<HoldStore, 'listLive'>;
  readonly clock: Clock;
  /** Where a gate that could not read the holds says so. */
  readonly warn: (message: string, error: unknown) => void;
}

/** The brakes, asked before every act that they can stop, and read consistently each time. */
interface HoldGate {
  /** Whether something destructive may happen. Fails closed: holds that cannot be read, or parsed, hold. */
  mayDestroy(scopes: readonly HoldScope[]): Promise<HoldDecision>;
  /** Whether new work may be made. Fails open, with a warning: a broken store must not stop the fleet's work. */
  mayStartWork(scopes: readonly HoldScope[]): Promise<HoldDecision>;
  /** Whether work that waits may be given to a node. Fails open, as above. */
  mayGrantLease(scopes: readonly HoldScope[]): Promise<HoldDecision>;
}

const createHoldGate = ({ holds, clock, warn }: GatePorts): HoldGate => {
  const ask = async (
    kinds: readonly Hold['kind'][],
    scopes: readonly HoldScope[],
    unreadable: 'go' | 'hold',
  ): Promise<HoldDecision> => {
    try {
      return decideHold(await holds.listLive(clock.now()), kinds, scopes);
    } catch (error) {
      const message = `the holds could not be read, so ${unreadable === 'hold' ? 'nothing destructive happens' : 'work starts without asking them'}: look at the control table`;
      warn(message, error);
      return { action: unreadable, reason: 'holds-unreadable', evidence: { holdIds: [], message } };
    }
  };
  return {
    mayDestroy: (scopes) => ask(['freeze'], scopes, 'hold'),
    mayStartWork: (scopes) => ask(['pause', 'stop'], scopes, 'go'),
    mayGrantLease: (scopes) => ask(['stop'], scopes, 'go'),
  };
};

export type { HoldGate };
export { createHoldGate };
