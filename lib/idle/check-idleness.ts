import { FRESH_HEARTBEAT_SECONDS } from '../constants.ts';
import { busySignalSchema } from '../nodes/idle-clock.ts';
import type { Node } from '../nodes/node.ts';
import { secondsSince, toTimestamp } from '../time.ts';
import type { IdlePolicy } from './idle-policy.ts';
import { check, type IdleCheck, type KeepReason } from './idle-reason.ts';
import { busiestGpuPercent, busySignals } from './idle-signals.ts';
import { criteriaOf } from './idle-snapshot.ts';
import { isZombie } from './is-zombie.ts';

const isFresh = ({ heartbeatAt }: Pick<Node, 'heartbeatAt'>, now: Date): boolean =>
  heartbeatAt !== undefined && secondsSince(heartbeatAt, now) < FRESH_HEARTBEAT_SECONDS;

/** What one signal of the last heartbeat read, and its limit. */
const readingOf = (
  signal: KeepReason,
  node: Node,
  policy: IdlePolicy,
): [value?: string | number | undefined, limit?: number] => {
  const { heartbeat } = node;
  if (heartbeat === undefined) return [];
  switch (signal) {
    case 'gpu-busy':
      return [busiestGpuPercent(heartbeat, node.capabilities), policy.gpuIdlePercent];
    case 'cpu-busy':
      return [heartbeat.cpuPercent, policy.cpuIdlePercent];
    case 'ssh-session':
      return [heartbeat.sshSessions, 0];
    case 'lease':
      return [Object.keys(node.leases).length, 0];
    case 'command-running':
      return [heartbeat.runningCommandIds.length, 0];
    case 'transfer-running':
      return [heartbeat.activeTransfers, 0];
    case 'probe-busy':
      return [heartbeat.probe?.detail ?? 'no probe'];
    default:
      return [];
  }
};

/** The signals of the last heartbeat, one check each. */
const checkSignals = (node: Node, policy: IdlePolicy): IdleCheck[] => {
  if (node.heartbeat === undefined) return [];
  const busy = busySignals(node, node.heartbeat, criteriaOf(policy));
  return busySignalSchema.options.flatMap((signal) => {
    // A gap is the clock's own signal.
    if (signal === 'gap') return [];
    const [value, limit] = readingOf(signal, node, policy);
    return [check(signal, !busy.includes(signal), value, limit)];
  });
};

/** A heartbeat that was on its way writes the clock of before an ended drain, or of before a use that came late: neither counts. */
const idleSinceOf = ({ idleClock, endedDrain }: Node): string | undefined =>
  idleClock?.idleSince === undefined
    ? undefined
    : [idleClock.idleSince, endedDrain?.endedAt ?? '', idleClock.activityAt ?? ''].sort().at(-1);

/**
 * Whether the node has been idle long enough: fresh and known signals, idle now and over the whole threshold. Pure.
 */
const checkIdleness = (node: Node, policy: IdlePolicy, now: Date): IdleCheck[] => {
  const { idleClock } = node;
  const criteria = criteriaOf(policy);
  const isClockOurs = idleClock?.criteria === criteria.digest;
  const since = isClockOurs ? idleSinceOf(node) : undefined;
  // Only what samples cover counts, not the time since the last one.
  const coveredSeconds =
    since === undefined || idleClock === undefined
      ? 0
      : secondsSince(since, new Date(idleClock.lastSampleAt));
  const ageSeconds = node.heartbeatAt === undefined ? undefined : secondsSince(node.heartbeatAt, now);
  const born = node.activatedAt ?? node.enrolledAt;
  const bornSeconds = secondsSince(born, now);
  return [
    check('boot-grace', bornSeconds >= policy.bootGraceSeconds, bornSeconds, policy.bootGraceSeconds, born),
    check('heartbeat-stale', isFresh(node, now), ageSeconds, FRESH_HEARTBEAT_SECONDS, node.heartbeatAt),
    check(
      'zombie',
      !isZombie(node, policy.zombieSeconds, now),
      Object.keys(node.leases).length,
      policy.zombieSeconds,
      idleClock?.gpuIdleSince,
    ),
    ...checkSignals(node, policy),
    check(
      'criteria-changed',
      idleClock === undefined || isClockOurs,
      idleClock?.criteria ?? 'no clock',
      criteria.digest,
    ),
    check(
      'idle-too-short',
      since !== undefined && coveredSeconds >= policy.idleThresholdSeconds,
      coveredSeconds,
      policy.idleThresholdSeconds,
      since ?? idleClock?.busyAt,
    ),
    check(
      'too-few-samples',
      isClockOurs && idleClock.samples >= policy.minimumSamples,
      idleClock?.samples ?? 0,
      policy.minimumSamples,
      since,
    ),
  ];
};

/** What no artifact claims keeps a node, unless a person waived exactly that. */
const checkUnclaimed = ({ inventory, dataWaiver }: Node, now: Date): IdleCheck[] => {
  const unclaimed = inventory?.unclaimed;
  if (unclaimed === undefined)
    return [check('unclaimed-unknown', false, 'no scan', undefined, inventory?.inventoryAt)];
  const isWaived =
    dataWaiver !== undefined &&
    dataWaiver.expiresAt > toTimestamp(now) &&
    unclaimed.count <= dataWaiver.count &&
    unclaimed.bytes <= dataWaiver.bytes;
  return [
    check('unclaimed-unknown', true, 'scanned', undefined, inventory?.inventoryAt),
    check(
      'unclaimed-data',
      unclaimed.count === 0 || isWaived,
      unclaimed.count,
      isWaived ? dataWaiver.count : 0,
      inventory?.inventoryAt,
    ),
  ];
};

export { checkIdleness, checkSignals, checkUnclaimed, isFresh };
