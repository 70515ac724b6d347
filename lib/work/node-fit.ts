import { FRESH_HEARTBEAT_SECONDS } from '../constants.ts';
import type { Node } from '../nodes/node.ts';
import { secondsSince, toTimestamp } from '../time.ts';
import { BYTES_PER_GIGABYTE, LARGE_GPU_GIGABYTES } from './class-of.ts';
import { isDiskFull } from './disk-full.ts';
import { jobTypeAllowed } from './node-policy.ts';
import type { NodePolicy } from './work-config.ts';
import type { WorkClass, WorkItem } from './work-item.ts';

/** Why a node gets a work item not. One vocabulary for metrics, logs, screens and tests. */
const REFUSAL_REASONS = [
  // The node takes nothing at all.
  'not-active',
  'revoked',
  'draining',
  'held',
  'stale-heartbeat',
  'health-unknown',
  'unhealthy',
  'disk-full',
  'no-free-slot',
  // It does not take this item.
  'no-free-gpus',
  'gpu-memory',
  'labels',
  'job-type-denied',
  'template-unknown',
  'template-differs',
  'avoided',
  // The item waits, wherever.
  'campaign-held',
  'pipeline-paused',
] as const;
type RefusalReason = (typeof REFUSAL_REASONS)[number];

/** What decides beside the node and the item. */
interface FitContext {
  readonly policies: readonly NodePolicy[];
  /** Whether a hold keeps work from what is in one of these scopes. */
  isHeld(scopes: readonly string[]): boolean;
  /** The pause machine holds back what is not urgent. */
  readonly paused: boolean;
  /** A disk of which so much is used takes nothing more that a job makes. */
  readonly fullDiskPercent: number;
  readonly now: Date;
}

/** What of an item decides about where it fits. */
type FitItem = Pick<
  WorkItem,
  'campaignId' | 'jobType' | 'template' | 'templateDigest' | 'requires' | 'lane' | 'avoid'
>;

const freeSlots = ({ heartbeat, leases }: Pick<Node, 'heartbeat' | 'leases'>): number =>
  Math.max(0, (heartbeat?.slots.total ?? 0) - Object.keys(leases).length);

const freeGpus = ({ capabilities, leases }: Pick<Node, 'capabilities' | 'leases'>): number =>
  capabilities.gpuCount - Object.values(leases).reduce((sum, { gpus = 0 }) => sum + gpus, 0);

/** What a node can take by what it is, however busy: a GPU node takes work for CPUs as well. */
const classesOf = ({ capabilities }: Pick<Node, 'capabilities'>): WorkClass[] => {
  const { gpuCount, gpuMemoryBytes = 0 } = capabilities;
  if (gpuCount === 0) return ['cpu'];
  return gpuMemoryBytes >= LARGE_GPU_GIGABYTES * BYTES_PER_GIGABYTE
    ? ['cpu', 'gpu', 'gpu-large']
    : ['cpu', 'gpu'];
};

/** Why the node takes no work at all now; undefined: it has a free slot. What is not known refuses. Pure. */
const nodeRefusal = (node: Node, context: FitContext): RefusalReason | undefined => {
  const { isHeld, now } = context;
  const { lifecycle, heartbeat, heartbeatAt, health } = node;
  if (node.revokedAt !== undefined) return 'revoked';
  if (lifecycle === 'draining' || node.drain !== undefined || heartbeat?.mode === 'draining')
    return 'draining';
  if (lifecycle !== 'active') return 'not-active';
  if (isHeld(['fleet', `provider:${node.provider}`, `node:${node.nodeId}`])) return 'held';
  if (heartbeat === undefined || heartbeatAt === undefined) return 'stale-heartbeat';
  if (secondsSince(heartbeatAt, now) >= FRESH_HEARTBEAT_SECONDS) return 'stale-heartbeat';
  if (health === undefined || health.state === 'unknown') return 'health-unknown';
  if (health.state === 'unhealthy' || health.state === 'unreachable') return 'unhealthy';
  // A job that cannot write its result is lost (events-and-queue.md 4.4).
  if (heartbeat.disk !== undefined && isDiskFull(heartbeat.disk, context)) return 'disk-full';
  return freeSlots(node) === 0 ? 'no-free-slot' : undefined;
};

/** What the node is, against what the item needs: holds however busy it is. */
const standingRefusal = (
  node: Node,
  { jobType, requires }: Pick<WorkItem, 'jobType' | 'requires'>,
  policies: readonly NodePolicy[],
): RefusalReason | undefined => {
  const { gpus, gpuMemoryGigabytes = 0, labels = {} } = requires;
  const { gpuCount, gpuMemoryBytes = 0 } = node.capabilities;
  if (gpus > gpuCount) return 'no-free-gpus';
  if (gpus > 0 && gpuMemoryBytes < gpuMemoryGigabytes * BYTES_PER_GIGABYTE) return 'gpu-memory';
  if (Object.entries(labels).some(([name, value]) => node.labels[name] !== value)) return 'labels';
  return jobTypeAllowed(policies, node, jobType) ? undefined : 'job-type-denied';
};

/** The node has the very template that the item was made from, or one of its own by that name: whoever looks after it decides what runs. */
const templateRefusal = (
  { heartbeat }: Node,
  { template, templateDigest }: FitItem,
): RefusalReason | undefined => {
  const known = heartbeat?.jobTemplates?.[template];
  if (known === undefined) return 'template-unknown';
  return known === 'own' || known === templateDigest ? undefined : 'template-differs';
};

/** Why a node that takes work does not take this item; undefined: it does. Pure. */
const itemRefusal = (node: Node, item: FitItem, context: FitContext): RefusalReason | undefined => {
  const { campaignId, requires, lane, avoid } = item;
  if (campaignId !== undefined && context.isHeld([`campaign:${campaignId}`])) return 'campaign-held';
  // By hand, past the pause: that is how a person proves that a stage works again.
  if (context.paused && lane !== 'urgent') return 'pipeline-paused';
  const standing = standingRefusal(node, item, context.policies) ?? templateRefusal(node, item);
  if (standing !== undefined) return standing;
  if (requires.gpus > freeGpus(node)) return 'no-free-gpus';
  const avoidUntil = avoid[node.nodeId];
  return avoidUntil !== undefined && avoidUntil > toTimestamp(context.now) ? 'avoided' : undefined;
};

/** Why the node does not get the item now; undefined: it may. Pure. */
const refusalOf = (node: Node, item: FitItem, context: FitContext): RefusalReason | undefined =>
  nodeRefusal(node, context) ?? itemRefusal(node, item, context);

export type { FitContext, FitItem, RefusalReason };
export { classesOf, freeGpus, freeSlots, itemRefusal, nodeRefusal, refusalOf, standingRefusal };
