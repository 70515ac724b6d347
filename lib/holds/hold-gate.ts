import { type Pause, pauseState } from '../health/pause.ts';
import type { Clock } from '../time.ts';
import { decideHold, type HoldDecision, type HoldScope } from './decide-hold.ts';
import type { Hold } from './hold.ts';
import type { HoldStore } from './hold-store.ts';

interface GatePorts {
  readonly holds: Pick<HoldStore, 'listLive'>;
  /** The pause machine. Who only destroys does not need it. */
  readonly pauses?: { get(): Promise<Pause | undefined> };
  readonly clock: Clock;
  /** Where a gate that could not read something says so. */
  readonly warn: (message: string, error: unknown) => void;
  /** Told each time that work starts although a brake could not be read, for an alarm. */
  readonly onOpened?: () => void;
}

/** The brakes, asked before every act that they can stop, and read consistently each time. */
interface HoldGate {
  /** Whether something destructive may happen. Fails closed: holds that cannot be read, or parsed, hold. */
  mayDestroy(scopes: readonly HoldScope[]): Promise<HoldDecision>;
  /**
   * Whether new work may be made: no hold, and no pause of the pipeline by the pause machine. Fails open, with a warning: a broken store
   * must not stop the fleet's work, and nothing is destroyed by it.
   */
  mayStartWork(scopes: readonly HoldScope[]): Promise<HoldDecision>;
  /** What keeps work that waits from being given to nodes, read once for all of them. Fails open, as above. */
  leaseBrakes(): Promise<LeaseBrakes>;
}

/** A hold of kind `stop` keeps everything in its scope from nodes; the pause machine, what is not urgent. */
interface LeaseBrakes {
  isHeld(scopes: readonly string[]): boolean;
  readonly paused: boolean;
}

const CLOSED = 'the holds could not be read, so nothing destructive happens: look at the control table';
const OPEN = 'the holds could not be read, so work starts without asking them: look at the control table';

const createHoldGate = ({ holds, pauses, clock, warn, onOpened }: GatePorts): HoldGate => {
  const warnOpened = (message: string, error?: unknown): void => {
    warn(message, error);
    onOpened?.();
  };

  const ask = async (
    kinds: readonly Hold['kind'][],
    scopes: readonly HoldScope[],
    unreadable: 'go' | 'hold',
  ): Promise<HoldDecision> => {
    try {
      return decideHold(await holds.listLive(clock.now()), kinds, scopes);
    } catch (error) {
      const message = unreadable === 'hold' ? CLOSED : OPEN;
      if (unreadable === 'hold') warn(message, error);
      else warnOpened(message, error);
      return { action: unreadable, reason: 'holds-unreadable', evidence: { holdIds: [], message } };
    }
  };

  const listStops = async (): Promise<Hold[]> => {
    try {
      return (await holds.listLive(clock.now())).filter(({ kind }) => kind === 'stop');
    } catch (error) {
      warnOpened(OPEN, error);
      return [];
    }
  };

  const open = (message: string, error?: unknown): HoldDecision => {
    warnOpened(message, error);
    return { action: 'go', reason: 'pause-unreadable', evidence: { holdIds: [], message } };
  };

  const askPause = async (): Promise<HoldDecision | undefined> => {
    if (pauses === undefined) return undefined;
    try {
      const pause = await pauses.get();
      switch (pauseState(pause, clock.now())) {
        case 'paused':
          return {
            action: 'hold',
            reason: 'pipeline-paused',
            evidence: { holdIds: [], message: `paused: ${pause?.reasons.join('; ') ?? ''}` },
          };
        case 'unknown':
          return open('nobody evaluates the pause of the pipeline, so work starts: look at score-health');
        case 'running':
          return undefined;
      }
    } catch (error) {
      return open('the pause could not be read, so work starts: look at the control table', error);
    }
  };

  return {
    mayDestroy: (scopes) => ask(['freeze'], scopes, 'hold'),
    mayStartWork: async (scopes) => {
      const held = await ask(['pause', 'stop'], scopes, 'go');
      if (held.action === 'hold') return held;
      return (await askPause()) ?? held;
    },
    leaseBrakes: async () => {
      const [stops, pause] = await Promise.all([listStops(), askPause()]);
      return {
        isHeld: (scopes) => stops.some(({ scope }) => scopes.includes(scope)),
        paused: pause?.action === 'hold',
      };
    },
  };
};

export type { HoldGate, LeaseBrakes };
export { createHoldGate };
