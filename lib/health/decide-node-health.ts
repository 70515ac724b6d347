import type { Node } from '../nodes/node.ts';
import type { NodeHealth, NodeHealthReason, NodeHealthState } from '../nodes/node-health.ts';
import type { InstanceStatus } from '../providers/instance.ts';
import { secondsSince } from '../time.ts';
import { type HealthPolicy, MISSED_UNHEALTHY } from './health-policy.ts';
import { heartbeatProblems, type Problem, workProblems } from './node-problems.ts';

/** What else there is to know about a node beside its item. */
interface NodeSurroundings {
  /** The provider's word about its instance, when its last listing is fresh; `gone` = the listing lacks it. */
  readonly instance?: InstanceStatus | 'gone' | undefined;
  /** Reports wait in the queue for longer than the policy allows. */
  readonly reportsLate: boolean;
}

interface NodeVerdict {
  readonly state: NodeHealthState;
  readonly reasons: readonly NodeHealthReason[];
  readonly evidence: {
    /** Absent: it was never heard. */
    readonly silentSeconds?: number;
    readonly missedBeats?: number;
    readonly firstGoodBeatAt?: string;
  };
}

type Facts = Pick<
  Node,
  'provider' | 'enrolledAt' | 'activatedAt' | 'heartbeat' | 'heartbeatAt' | 'health' | 'failedWork'
>;

const isTrouble = (health: NodeHealth | undefined): boolean =>
  health !== undefined && health.state !== 'healthy' && health.state !== 'unknown';

const hasEnded = (status: NodeSurroundings['instance']): boolean =>
  status === 'gone' || status === 'stopped' || status === 'terminated' || status === 'preempted';

/** Whole beats that did not come: each provider's beat is a third of its timeout. */
const missedBeatsOf = (provider: Node['provider'], silentSeconds: number, policy: HealthPolicy): number => {
  const { timeoutSeconds, multipliers } = policy.heartbeat;
  const beatSeconds = (timeoutSeconds * multipliers[provider]) / MISSED_UNHEALTHY;
  return Math.max(0, Math.floor(silentSeconds / beatSeconds));
};

const silentState = (missedBeats: number, policy: HealthPolicy): NodeHealthState => {
  if (missedBeats >= policy.heartbeat.unreachableAfterMissed) return 'unreachable';
  return missedBeats >= MISSED_UNHEALTHY ? 'unhealthy' : 'degraded';
};

/** What is wrong with a node that beats in time. */
const problemsOf = (
  heartbeat: NonNullable<Node['heartbeat']>,
  { failedWork }: Facts,
  { instance }: NodeSurroundings,
  policy: HealthPolicy,
): Problem[] => [
  ...heartbeatProblems(heartbeat, policy),
  ...workProblems(failedWork, policy.failedWork),
  ...(instance === 'unhealthy' ? [{ reason: 'provider-says-unhealthy', severity: 'degraded' } as const] : []),
  // It speaks, so it is not gone: one of the two is wrong.
  ...(hasEnded(instance) ? [{ reason: 'provider-says-ended', severity: 'degraded' } as const] : []),
];

/** A silent node. An unreachable or ended one is said so at most: silence is all that is known of it. */
const judgeSilence = (
  node: Facts,
  { instance, reportsLate }: NodeSurroundings,
  policy: HealthPolicy,
  now: Date,
  evidence: { readonly silentSeconds: number; readonly missedBeats: number },
): NodeVerdict => {
  if (hasEnded(instance)) return { state: 'unreachable', reasons: ['provider-says-ended'], evidence };
  if (reportsLate) return { state: 'unknown', reasons: ['reports-late'], evidence };
  const bootsAgain = instance === 'booting' && evidence.silentSeconds < policy.grace.bootSeconds;
  const activeSeconds = secondsSince(node.activatedAt ?? node.enrolledAt, now);
  if (bootsAgain || activeSeconds < policy.grace.bootSeconds) {
    return { state: 'unknown', reasons: ['booting'], evidence };
  }
  return { state: silentState(evidence.missedBeats, policy), reasons: ['missed-heartbeats'], evidence };
};

/** A node that beats without problems. After trouble it takes two good beats, seen one after the other. */
const judgeGoodBeat = (
  { health, heartbeatAt }: Facts,
  evidence: { readonly silentSeconds: number; readonly missedBeats: number },
): NodeVerdict => {
  const isSecond =
    health?.firstGoodBeatAt !== undefined &&
    heartbeatAt !== undefined &&
    heartbeatAt > health.firstGoodBeatAt;
  if (!isTrouble(health) || isSecond) return { state: 'healthy', reasons: ['beating'], evidence };
  const firstGoodBeatAt = health?.firstGoodBeatAt ?? heartbeatAt;
  return {
    state: 'degraded',
    reasons: ['recovering'],
    evidence: { ...evidence, ...(firstGoodBeatAt === undefined ? {} : { firstGoodBeatAt }) },
  };
};

/**
 * How a node is: from its silence, from what it says of itself, and from what its provider says. No counter decays, and one
 * success resets: 1 to 2 missed beats are degraded, 3 unhealthy, 5 unreachable. Pure.
 */
const decideNodeHealth = (
  node: Facts,
  surroundings: NodeSurroundings,
  policy: HealthPolicy,
  now: Date,
): NodeVerdict => {
  const { heartbeat, heartbeatAt } = node;
  if (heartbeat === undefined || heartbeatAt === undefined) {
    return { state: 'unknown', reasons: ['never-heard'], evidence: {} };
  }
  const silentSeconds = secondsSince(heartbeatAt, now);
  const evidence = { silentSeconds, missedBeats: missedBeatsOf(node.provider, silentSeconds, policy) };
  if (evidence.missedBeats >= policy.heartbeat.degradedAfterMissed) {
    return judgeSilence(node, surroundings, policy, now, evidence);
  }
  const problems = problemsOf(heartbeat, node, surroundings, policy);
  if (problems.length === 0) return judgeGoodBeat(node, evidence);
  const isUnhealthy = problems.some(({ severity }) => severity === 'unhealthy');
  return {
    state: isUnhealthy ? 'unhealthy' : 'degraded',
    reasons: [...new Set(problems.map(({ reason }) => reason))].sort(),
    evidence,
  };
};

export type { NodeSurroundings, NodeVerdict };
export { decideNodeHealth };
