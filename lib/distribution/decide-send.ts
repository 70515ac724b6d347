import type { Node } from '../nodes/node.ts';
import { allowsUse, DISK_TIERS, diskTierOf } from '../sync/disk-tier.ts';
import { secondsSince } from '../time.ts';
import type { DistributionPolicy } from './policy.ts';

interface SendDecision {
  readonly action: 'send' | 'postpone' | 'fail';
  readonly reason:
    | 'node-live'
    | 'node-missing'
    | 'node-revoked'
    | 'node-ended'
    | 'node-not-active'
    | 'node-silent'
    | 'node-disk-full';
  readonly message: string;
}

/** Why a node will never answer again; undefined while it may. */
const goneReason = (nodeId: string, node: Node | undefined): SendDecision | undefined => {
  if (node === undefined) {
    return { action: 'fail', reason: 'node-missing', message: `node ${nodeId} does not exist` };
  }
  if (node.revokedAt !== undefined) {
    return {
      action: 'fail',
      reason: 'node-revoked',
      message: `node ${nodeId} was revoked at ${node.revokedAt}`,
    };
  }
  if (node.lifecycle === 'terminated' || node.lifecycle === 'lost') {
    return { action: 'fail', reason: 'node-ended', message: `node ${nodeId} is ${node.lifecycle}` };
  }
  return undefined;
};

/** Whether a due row may be sent to its node now. A node that is silent gets no commands (sync 12); it is asked again later. */
const decideSend = (
  nodeId: string,
  node: Node | undefined,
  policy: Pick<DistributionPolicy, 'heartbeatMaxAgeSeconds'>,
  now: Date,
): SendDecision => {
  const gone = goneReason(nodeId, node);
  if (gone !== undefined || node === undefined) {
    return gone ?? { action: 'fail', reason: 'node-missing', message: `node ${nodeId} does not exist` };
  }
  if (node.lifecycle !== 'active') {
    return {
      action: 'postpone',
      reason: 'node-not-active',
      message: `node ${nodeId} is ${node.lifecycle}, so nothing was sent to it`,
    };
  }
  if (node.heartbeatAt === undefined || secondsSince(node.heartbeatAt, now) > policy.heartbeatMaxAgeSeconds) {
    return {
      action: 'postpone',
      reason: 'node-silent',
      message: `node ${nodeId} is silent since ${node.heartbeatAt ?? 'its enrolment'}, so nothing was sent to it`,
    };
  }
  // Full now, though it had room when it was chosen: a pull that is begun fills it further.
  const usedPercent = node.heartbeat?.disk?.usedPercent;
  if (!allowsUse(diskTierOf(usedPercent, DISK_TIERS), 'begin-pull')) {
    return {
      action: 'postpone',
      reason: 'node-disk-full',
      message: `the disk of node ${nodeId} is ${usedPercent} % used, so nothing was sent to it: make room on it`,
    };
  }
  return { action: 'send', reason: 'node-live', message: `node ${nodeId} is live` };
};

export type { SendDecision };
export { decideSend, goneReason };
