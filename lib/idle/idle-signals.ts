import { FRESH_HEARTBEAT_SECONDS } from '../constants.ts';
import type { Heartbeat } from '../nodes/heartbeat.ts';
import type { BusySignal, IdleClock } from '../nodes/idle-clock.ts';
import type { Node } from '../nodes/node.ts';
import { secondsSince, toTimestamp } from '../time.ts';

/** The limits that the idle clock depends on, with the digest that names them. */
interface IdleCriteria {
  readonly gpuIdlePercent: number;
  readonly cpuIdlePercent: number;
  readonly digest: string;
}

/** Somebody uses the node: work, a person, or the user's own probe says so. */
const ACTIVITY: ReadonlySet<BusySignal> = new Set<BusySignal>([
  'lease',
  'gpu-busy',
  'ssh-session',
  'probe-busy',
]);

/** The busiest GPU (health-and-idle 1.8-5: never the mean). Undefined when any GPU that the node has is not told. */
const busiestGpuPercent = (
  { gpus }: Pick<Heartbeat, 'gpus'>,
  { gpuCount }: Node['capabilities'],
): number | undefined => {
  if (gpus === undefined || gpus.length < gpuCount) return undefined;
  const known = gpus.flatMap(({ utilizationPercent }) => utilizationPercent ?? []);
  return known.length === gpus.length ? Math.max(0, ...known) : undefined;
};

/** Everything in a heartbeat that speaks against "idle". What is unknown speaks against it as well. */
const busySignals = (
  node: Pick<Node, 'capabilities' | 'leases'>,
  heartbeat: Heartbeat,
  { gpuIdlePercent, cpuIdlePercent }: IdleCriteria,
): BusySignal[] => {
  const gpu = busiestGpuPercent(heartbeat, node.capabilities);
  const { cpuPercent, sshSessions, probe } = heartbeat;
  const found: [BusySignal, boolean][] = [
    ['lease', Object.keys(node.leases).length > 0],
    ['command-running', heartbeat.runningCommandIds.length > 0],
    ['transfer-running', heartbeat.activeTransfers > 0],
    ['ssh-session', sshSessions !== undefined && sshSessions > 0],
    ['ssh-unknown', sshSessions === undefined],
    ['probe-busy', probe?.verdict === 'busy'],
    ['gpu-busy', gpu !== undefined && gpu >= gpuIdlePercent],
    ['gpu-unknown', gpu === undefined],
    ['cpu-busy', cpuPercent !== undefined && cpuPercent >= cpuIdlePercent],
    ['cpu-unknown', cpuPercent === undefined],
  ];
  return found.flatMap(([signal, holds]) => (holds ? [signal] : []));
};

const peak = (before: number | undefined, now: number | undefined): number | undefined =>
  before === undefined || now === undefined ? (now ?? before) : Math.max(before, now);

/**
 * The clock after one more heartbeat. Samples further apart than a fresh heartbeat's age cover nothing in between, so a gap starts
 * it anew, and so do other limits. Pure.
 * @param node as it was before this heartbeat
 * @param sentAt SQS's SentTimestamp
 */
const advanceIdleClock = (
  node: Pick<Node, 'capabilities' | 'leases' | 'idleClock'>,
  heartbeat: Heartbeat,
  criteria: IdleCriteria,
  sentAt: Date,
): IdleClock => {
  const at = toTimestamp(sentAt);
  const known = node.idleClock?.criteria === criteria.digest ? node.idleClock : undefined;
  const hasGap = known !== undefined && secondsSince(known.lastSampleAt, sentAt) > FRESH_HEARTBEAT_SECONDS;
  const before = hasGap ? undefined : known;
  const signals = busySignals(node, heartbeat, criteria);
  const gpu = busiestGpuPercent(heartbeat, node.capabilities);
  // That somebody used the node stays true under other limits.
  const activityAt = signals.some((signal) => ACTIVITY.has(signal)) ? at : node.idleClock?.activityAt;
  const isGpuIdle = gpu !== undefined && gpu < criteria.gpuIdlePercent;
  const common = {
    criteria: criteria.digest,
    lastSampleAt: at,
    ...(activityAt === undefined ? {} : { activityAt }),
    ...(isGpuIdle ? { gpuIdleSince: before?.gpuIdleSince ?? at } : {}),
  };
  if (signals.length > 0) return { ...common, samples: 0, busyAt: at, busySignals: signals };
  const isRunning = before?.idleSince !== undefined;
  const peakGpuPercent = peak(isRunning ? before.peakGpuPercent : undefined, gpu);
  const peakCpuPercent = peak(isRunning ? before.peakCpuPercent : undefined, heartbeat.cpuPercent);
  const busyAt = hasGap ? known.lastSampleAt : known?.busyAt;
  return {
    ...common,
    idleSince: before?.idleSince ?? at,
    samples: (isRunning ? before.samples : 0) + 1,
    ...(busyAt === undefined ? {} : { busyAt }),
    busySignals: hasGap ? ['gap'] : (known?.busySignals ?? []),
    ...(peakGpuPercent === undefined ? {} : { peakGpuPercent }),
    ...(peakCpuPercent === undefined ? {} : { peakCpuPercent }),
  };
};

export type { IdleCriteria };
export { ACTIVITY, advanceIdleClock, busiestGpuPercent, busySignals };
