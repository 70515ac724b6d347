import { FRESH_HEARTBEAT_SECONDS } from '../constants.ts';
import type { Node } from '../nodes/node.ts';
import { secondsSince, toTimestamp } from '../time.ts';
import type { EnrollRequest } from './enrolment.ts';
import type { JoinToken } from './identity-store.ts';
import type { RefusalCode } from './refusal.ts';

/** What is known when a machine asks to enrol. */
interface EnrolmentSnapshot {
  readonly request: EnrollRequest;
  /** The node that the request claims to be: only set when its secret was right. */
  readonly claimed: { readonly secretMatches: boolean; readonly node: Node | undefined } | undefined;
  /** The token's row; undefined when it is not ours. */
  readonly token: JoinToken | undefined;
  /** The node that this machine got by the same token before. */
  readonly nodeByToken: Node | undefined;
  /** Who holds the instance now. `node` is undefined when its item was never finished. */
  readonly holder: { readonly nodeId: string; readonly node: Node | undefined } | undefined;
}

type EnrolmentDecision =
  | { readonly action: 'refuse'; readonly reason: RefusalCode; readonly evidence: string }
  /** Only the agent restarted. */
  | { readonly action: 'resume'; readonly reason: 'same-boot'; readonly evidence: Node }
  /** The machine rebooted. */
  | { readonly action: 'rebind'; readonly reason: 'machine-rebooted'; readonly evidence: Node }
  /** The answer to an earlier call got lost: go on with the same node, with a new secret. */
  | {
      readonly action: 'reissue';
      readonly reason: 'same-machine-and-token';
      readonly evidence: { nodeId: string };
    }
  | {
      readonly action: 'create';
      readonly reason: 'new-machine' | 'instance-taken-over';
      readonly evidence: { readonly replaces: EnrolmentSnapshot['holder'] };
    };

const refuse = (reason: RefusalCode, evidence: string): EnrolmentDecision => ({
  action: 'refuse',
  reason,
  evidence,
});

const hasEnded = ({ lifecycle }: Node): boolean => lifecycle === 'terminated' || lifecycle === 'lost';

/** A sign of life within 90 s, by SQS's clock. A node that never beat lives from its enrolment: silence so early proves nothing. */
const isLive = (node: Node, now: Date): boolean =>
  !hasEnded(node) && secondsSince(node.heartbeatAt ?? node.enrolledAt, now) < FRESH_HEARTBEAT_SECONDS;

/** `provider#instanceId#bootId`: how a join token remembers who used it. */
const machineOf = ({ provider, instanceId, bootId }: EnrollRequest): string =>
  `${provider}#${instanceId}#${bootId}`;

/** Trust that an operator or time has ended; undefined when the node may go on. */
const refuseEnded = (node: Node): EnrolmentDecision | undefined => {
  if (node.revokedAt !== undefined) {
    return refuse('node-revoked', `node ${node.nodeId} was revoked at ${node.revokedAt}: ask the operator`);
  }
  return hasEnded(node)
    ? refuse(
        'node-ended',
        `node ${node.nodeId} has ended (${node.lifecycle}): enrol as a new node with a join token`,
      )
    : undefined;
};

const decideRestart = (
  request: EnrollRequest,
  claimed: NonNullable<EnrolmentSnapshot['claimed']>,
  now: Date,
): EnrolmentDecision => {
  const { node, secretMatches } = claimed;
  if (!secretMatches || node === undefined) {
    return refuse('invalid-secret', 'no node has this id and secret: enrol anew with a join token');
  }
  const ended = refuseEnded(node);
  if (ended !== undefined) {
    return ended;
  }
  if (node.provider !== request.provider || node.instanceId !== request.instanceId) {
    return refuse(
      'instance-already-enrolled',
      `node ${node.nodeId} is bound to ${node.provider} ${node.instanceId}: a copied data folder? Remove its identity and enrol with a join token`,
    );
  }
  if (node.bootId === request.bootId) {
    return { action: 'resume', reason: 'same-boot', evidence: node };
  }
  return isLive(node, now)
    ? refuse(
        'boot-id-conflict',
        `node ${node.nodeId} gave a sign of life on another boot less than ${FRESH_HEARTBEAT_SECONDS} s ago: two machines claim to be it, or it has just rebooted; try again`,
      )
    : { action: 'rebind', reason: 'machine-rebooted', evidence: node };
};

const decideToken = (token: JoinToken | undefined, now: Date): EnrolmentDecision | undefined => {
  if (token === undefined) {
    return refuse('invalid-token', 'this join token is not known: mint one with `drover nodes token`');
  }
  if (token.revokedAt !== undefined) {
    return refuse('revoked-token', `join token ${token.tokenId} was revoked at ${token.revokedAt}`);
  }
  return token.expiresAt <= toTimestamp(now)
    ? refuse('expired-token', `join token ${token.tokenId} expired at ${token.expiresAt}: mint a new one`)
    : undefined;
};

/** Whether a machine becomes, or goes on as, a node (docs/contributors/architecture.md, "Enrolment and identity"). */
const decideEnrolment = (snapshot: EnrolmentSnapshot, now: Date): EnrolmentDecision => {
  const { request, claimed, token, nodeByToken, holder } = snapshot;
  if (claimed !== undefined) {
    return decideRestart(request, claimed, now);
  }
  const refused = decideToken(token, now);
  if (token === undefined || refused !== undefined) {
    return refused ?? refuse('invalid-token', 'a new machine needs a join token');
  }
  const earlier = token.usedBy[machineOf(request)];
  if (earlier === undefined && token.usesLeft < 1) {
    return refuse('used-token', `join token ${token.tokenId} has no use left: mint a new one`);
  }
  const endedBefore = nodeByToken === undefined ? undefined : refuseEnded(nodeByToken);
  if (endedBefore !== undefined) {
    return endedBefore;
  }
  if (nodeByToken?.heartbeatAt !== undefined && isLive(nodeByToken, now)) {
    // A heartbeat needs the answer that is said to be lost: somebody who knows the token and the boot must not take its place.
    return refuse(
      'instance-already-enrolled',
      `this machine is node ${nodeByToken.nodeId}, whose agent gave a sign of life less than ${FRESH_HEARTBEAT_SECONDS} s ago: a second agent, or its data folder was wiped; try again`,
    );
  }
  if (
    holder !== undefined &&
    holder.nodeId !== earlier &&
    holder.node !== undefined &&
    isLive(holder.node, now)
  ) {
    return refuse(
      'instance-already-enrolled',
      `${request.provider} ${request.instanceId} is node ${holder.nodeId}, which gave a sign of life less than ${FRESH_HEARTBEAT_SECONDS} s ago: one live node per instance`,
    );
  }
  if (earlier !== undefined) {
    return { action: 'reissue', reason: 'same-machine-and-token', evidence: { nodeId: earlier } };
  }
  return {
    action: 'create',
    reason: holder === undefined ? 'new-machine' : 'instance-taken-over',
    evidence: { replaces: holder },
  };
};

export type { EnrolmentDecision, EnrolmentSnapshot };
export { decideEnrolment, isLive, machineOf, refuseEnded };
