import { count } from './faults.ts';
import { type Fate, underFire } from './under-fire.ts';
import type { World } from './world.ts';

/** Every step of each function that changes something outside of it: each is where a run may die. */
const STEPS = {
  'shut-down-idle': [
    'provider.listInstances',
    'provider.terminate',
    'ledgers.put',
    'commands.put',
    'sender.send',
    'audit.record',
    'publisher.publish',
    'nodes.beginDrain',
    'nodes.markDrainAnnounced',
    'nodes.endDrain',
    'nodes.markDrainEndAnnounced',
    'nodes.beginTermination',
    'nodes.cancelTermination',
    'nodes.recordTermination',
    'nodes.putShadowDrain',
  ],
  'reconcile-instances': [
    'provider.listInstances',
    'states.put',
    'instances.put',
    'instances.addSegment',
    'audit.record',
    'publisher.publish',
    'nodes.recordBinding',
    'nodes.end',
  ],
  'record-reports heartbeat': ['nodes.recordHeartbeat', 'audit.record', 'publisher.publish'],
  'record-reports inventory': [
    'nodes.recordInventory',
    'artifacts.addNodeReplica',
    'artifacts.dropNodeReplica',
  ],
  'record-reports command-result': ['nodes.acknowledgeDrain', 'commands.answer'],
} as const;
type FunctionName = keyof typeof STEPS;

/** What a function calls besides: what only reads, and what is too rare to die at. */
const OTHER_CALLS: ReadonlySet<string> = new Set([
  'nodes.get',
  'nodes.listByProvider',
  'nodes.noteActivity',
  'nodes.revive',
  'instances.list',
  'states.get',
  'ledgers.get',
  'holds.listLive',
  'brakeState',
  'pendingWork',
  'settings.current',
  'artifacts.getMany',
  'documents.read',
  'commands.get',
  'idleCriteria',
]);

/** How each step is counted. */
const keysOf = (name: FunctionName): ReadonlyMap<string, string> =>
  new Map(STEPS[name].map((step) => [step, `${name} ${step}`]));
const KEYS: Readonly<Record<FunctionName, ReadonlyMap<string, string>>> = {
  'shut-down-idle': keysOf('shut-down-idle'),
  'reconcile-instances': keysOf('reconcile-instances'),
  'record-reports heartbeat': keysOf('record-reports heartbeat'),
  'record-reports inventory': keysOf('record-reports inventory'),
  'record-reports command-result': keysOf('record-reports command-result'),
};

/** At first, and after each death, a step is safe for so many minutes, at least and at most; then its next call is the last one of that run. */
const SAFE_STEPS = [30, 240] as const;
/** A node comes back a few times a day at most: most of these are to be died at. */
const RARE = 'shut-down-idle nodes.cancelTermination';
const SAFE_RARE_STEPS = [1, 20] as const;

interface Executioner {
  /** What runs as this function. */
  prepare<Ports extends object>(name: FunctionName, ports: Ports): Runner<Ports>;
}

/**
 * Lets the function run once. Whatever fails shows in what is true afterwards.
 * @param isOverlapped beside others: it is a process of its own, and lets them have their turn before each call
 * @returns the error that it ended with
 */
type Runner<Ports> = (act: (ports: Ports) => Promise<unknown>, isOverlapped?: boolean) => Promise<unknown>;

/** Decides where the runs of a world die, fail, or let others have their turn. */
const createExecutioner = (world: World): Executioner => {
  const { random, faults, crashes, brokenSteps, calls } = world;
  const safeUntil = new Map<string, number>();

  const isFatal = (what: string): boolean => {
    if (!world.weather.crashes) return false;
    // The first calls of a world all come at once: each step is safe then for a while of its own.
    const [least, most] = what === RARE ? SAFE_RARE_STEPS : SAFE_STEPS;
    const until = safeUntil.get(what) ?? random.whole(least, most);
    const isDue = world.step >= until;
    safeUntil.set(what, isDue ? world.step + random.whole(least, most) : until);
    return isDue;
  };

  const fateOf = (name: FunctionName, isOverlapped: boolean): Fate => {
    const keys = KEYS[name];
    let isFailing = random.chance(world.weather.unavailable);
    const noteBreak = (): void => {
      if (name === 'shut-down-idle') brokenSteps.add(world.step);
    };
    return {
      mishapAt: (step) => {
        calls.add(step);
        if (isFailing && random.chance(0.1)) {
          isFailing = false;
          count(faults, 'store-unavailable');
          noteBreak();
          return 'unavailable';
        }
        const what = keys.get(step);
        if (what === undefined || !isFatal(what)) return undefined;
        count(crashes, what);
        noteBreak();
        return random.pick(['death-before', 'death-after']);
      },
      ...(isOverlapped
        ? {
            pause: async () => {
              for (let turns = random.whole(0, 3); turns > 0; turns -= 1) await Promise.resolve();
            },
          }
        : {}),
    };
  };

  return {
    prepare: (name, ports) => {
      const usual = underFire(ports);
      return async (act, isOverlapped = false) => {
        const process = isOverlapped ? underFire(ports) : usual;
        process.begin(fateOf(name, isOverlapped));
        try {
          await act(process.ports);
          return undefined;
        } catch (error) {
          return error;
        }
      };
    },
  };
};

export type { Executioner, Runner };
export { createExecutioner, OTHER_CALLS, STEPS };
