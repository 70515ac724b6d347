import { FUNCTIONS, nodeQueueName } from '../constants.ts';
import { TransientError } from '../errors.ts';
import { derivedId } from '../ids.ts';
import type { Node } from '../nodes/node.ts';
import { toTimestamp } from '../time.ts';
import { type EnrolmentSnapshot, refuseEnded } from './decide-enrolment.ts';
import type { EnrollRequest } from './enrolment.ts';
import type { Caller, EnrolmentPorts, EnrolmentSettings } from './enrolment-ports.ts';
import { RefusalError } from './refusal.ts';
import { hashSecret } from './secret-hash.ts';

const NODE_SECRET_BYTES = 32;

/** The node that held the instance ends as lost, unless it gave a sign of life since it was judged silent. */
const endPrevious = async (
  { nodes, audit, clock }: EnrolmentPorts,
  previous: Node,
  successor: string,
): Promise<void> => {
  if (previous.endedAt !== undefined) {
    return;
  }
  const now = clock.now();
  if (!(await nodes.end(previous.nodeId, previous.revision, 'lost', now))) {
    throw new TransientError(`node ${previous.nodeId} changed while its instance was taken over: try again`);
  }
  await audit.record({
    auditId: `end-${previous.nodeId}`,
    subject: `node:${previous.nodeId}`,
    at: toTimestamp(now),
    actor: FUNCTIONS.enrollNode,
    action: 'end-node',
    reason: 'instance-taken-over',
    before: { lifecycle: previous.lifecycle },
    after: { lifecycle: 'lost' },
    evidence: { successor, lastHeartbeatAt: previous.heartbeatAt ?? null },
  });
};

/**
 * The holder's own enrolment has not come to its node item: it crashed, or it is still on its way. The item is written for it, as
 * lost, so that one conditional write decides which of the two becomes the instance's node.
 */
const endUnfinished = async (
  { nodes, audit }: EnrolmentPorts,
  successor: Node,
  nodeId: string,
): Promise<void> => {
  const { provider, instanceId, capabilities, enrolledAt, revision } = successor;
  const ended: Node = {
    nodeId,
    provider,
    instanceId,
    role: successor.role,
    labels: {},
    capabilities,
    lifecycle: 'lost',
    enrolledAt,
    endedAt: enrolledAt,
    bootId: 'never-enrolled',
    queueName: successor.queueName.replace(successor.nodeId, nodeId),
    leases: {},
    drainEpoch: 0,
    revision,
  };
  if (!(await nodes.create(ended)) && (await nodes.get(nodeId))?.endedAt === undefined) {
    throw new TransientError(`${provider} ${instanceId} has just become node ${nodeId}: try again`);
  }
  await audit.record({
    auditId: `end-${nodeId}`,
    subject: `node:${nodeId}`,
    at: enrolledAt,
    actor: FUNCTIONS.enrollNode,
    action: 'end-node',
    reason: 'never-enrolled',
    after: { lifecycle: 'lost' },
    evidence: { successor: successor.nodeId, provider, instanceId },
  });
};

/** @throws RefusalError when the node's item was ended or revoked since the decision */
const assertGoesOn = (node: Node): void => {
  const ended = refuseEnded(node);
  if (ended?.action === 'refuse') throw new RefusalError(ended.reason, ended.evidence);
};

const announce = async ({ audit, publisher }: EnrolmentPorts, node: Node): Promise<void> => {
  const { nodeId, provider, instanceId, enrolledAt } = node;
  await audit.record({
    auditId: `enroll-${nodeId}`,
    subject: `node:${nodeId}`,
    at: enrolledAt,
    actor: FUNCTIONS.enrollNode,
    action: 'enroll-node',
    reason: 'join token',
    after: { lifecycle: 'pending' },
    evidence: { provider, instanceId, bootId: node.bootId, sourceAddress: node.sourceAddress ?? null },
  });
  await publisher.publish([
    {
      name: 'NodeEnrolled',
      eventId: derivedId('e', 'NodeEnrolled', nodeId),
      occurredAt: enrolledAt,
      fields: { nodeId, provider, instanceId },
    },
  ]);
};

/**
 * Makes everything that a node is, after its join token was used for `nodeId`. Each step is harmless when repeated, and the
 * token remembers the nodeId: a machine whose call died at any point asks again and ends with the same node.
 * The secret is always new: only its hash was kept.
 * @throws RefusalError when another machine got the instance first
 * @throws TransientError when the instance's node changed meanwhile
 */
const createNode = async (
  ports: EnrolmentPorts,
  settings: EnrolmentSettings,
  request: EnrollRequest,
  caller: Caller,
  nodeId: string,
  holder: EnrolmentSnapshot['holder'],
): Promise<{ node: Node; nodeSecret: string }> => {
  const { identity, nodes, queues, ids, clock } = ports;
  const { provider, instanceId, bootId, role, labels, capabilities } = request;
  const wanted: Node = {
    nodeId,
    provider,
    instanceId,
    role: role ?? 'worker',
    labels: labels ?? {},
    capabilities,
    lifecycle: 'pending',
    enrolledAt: toTimestamp(clock.now()),
    bootId,
    sourceAddress: caller.sourceAddress,
    queueName: nodeQueueName(settings.stage, nodeId),
    leases: {},
    drainEpoch: 0,
    revision: 0,
  };
  if (holder !== undefined && holder.nodeId !== nodeId) {
    await (holder.node === undefined
      ? endUnfinished(ports, wanted, holder.nodeId)
      : endPrevious(ports, holder.node, nodeId));
  }
  const holds = await identity.bindInstance(provider, instanceId, nodeId, holder?.nodeId);
  if (holds !== nodeId) {
    throw new RefusalError(
      'instance-already-enrolled',
      `${provider} ${instanceId} has just become node ${holds}`,
    );
  }
  await queues.ensure(nodeId);
  const nodeSecret = ids.bytes(NODE_SECRET_BYTES).toString('base64url');
  await identity.putSecret({ nodeId, secretHash: hashSecret(nodeSecret) });
  const node = (await nodes.create(wanted)) ? wanted : ((await nodes.get(nodeId)) ?? wanted);
  assertGoesOn(node);
  await announce(ports, node);
  return { node, nodeSecret };
};

export { createNode };
