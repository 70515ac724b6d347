import type { z } from 'zod';
import { HEARTBEAT_INTERVAL_SECONDS } from '../constants.ts';
import { assertNever, TransientError } from '../errors.ts';
import { createNode } from './create-node.ts';
import { decideEnrolment, type EnrolmentDecision, machineOf } from './decide-enrolment.ts';
import type { EnrollRequest, enrollResponseSchema } from './enrolment.ts';
import type { Caller, EnrolmentPorts, EnrolmentSettings } from './enrolment-ports.ts';
import { issueToNode } from './issue-to-node.ts';
import { loadEnrolment } from './load-enrolment.ts';
import { recordRebind, recordReissue } from './record-enrolment.ts';
import { RefusalError } from './refusal.ts';
import { reportBootConflict } from './report-boot-conflict.ts';

type EnrollResponse = z.infer<typeof enrollResponseSchema>;
type Snapshot = Awaited<ReturnType<typeof loadEnrolment>>;

/** Takes one use of the token for a new nodeId. @throws TransientError when another call was faster: the next try sees what it did */
const useToken = async (ports: EnrolmentPorts, snapshot: Snapshot): Promise<string> => {
  const { identity, ids, clock } = ports;
  const nodeId = `n-${ids.bytes(6).toString('hex')}`;
  const machine = machineOf(snapshot.request);
  const used =
    snapshot.tokenHash !== undefined &&
    (await identity.useToken(snapshot.tokenHash, machine, nodeId, clock.now()));
  if (!used) {
    throw new TransientError('the join token changed during this call: try again');
  }
  return nodeId;
};

/** Does what was decided; answers who the machine is, and its secret when it is new. */
const act = async (
  ports: EnrolmentPorts,
  settings: EnrolmentSettings,
  snapshot: Snapshot,
  decision: EnrolmentDecision,
  caller: Caller,
): Promise<{ nodeId: string; nodeSecret?: string }> => {
  const { request, holder } = snapshot;
  switch (decision.action) {
    case 'refuse': {
      const node = snapshot.claimed?.node;
      if (decision.reason === 'boot-id-conflict' && node !== undefined) {
        await reportBootConflict(ports, node, request.bootId, caller.sourceAddress);
      }
      throw new RefusalError(decision.reason, decision.evidence);
    }
    case 'resume':
      await ports.queues.ensure(decision.evidence.nodeId);
      return { nodeId: decision.evidence.nodeId };
    case 'rebind': {
      const { nodeId, revision } = decision.evidence;
      await recordRebind(ports, nodeId, decision.evidence, { bootId: request.bootId, ...caller });
      if (!(await ports.nodes.rebind(nodeId, revision, request.bootId, caller.sourceAddress))) {
        throw new TransientError(`node ${nodeId} changed while it was bound to its new boot: try again`);
      }
      await ports.queues.ensure(nodeId);
      return { nodeId };
    }
    case 'reissue':
    case 'create': {
      const nodeId =
        decision.action === 'reissue' ? decision.evidence.nodeId : await useToken(ports, snapshot);
      if (decision.action === 'reissue') await recordReissue(ports, nodeId, caller);
      const { node, nodeSecret } = await createNode(ports, settings, request, caller, nodeId, holder);
      return { nodeId: node.nodeId, nodeSecret };
    }
    default:
      return assertNever(decision);
  }
};

/**
 * A machine becomes a node, or says who it is again.
 * @throws RefusalError with the code that answers the caller
 * @throws TransientError when the same call can succeed later
 */
const enrollMachine = async (
  ports: EnrolmentPorts,
  settings: EnrolmentSettings,
  request: EnrollRequest,
  caller: Caller,
): Promise<EnrollResponse> => {
  const snapshot = await loadEnrolment(ports, request, caller);
  const decision = decideEnrolment(snapshot, ports.clock.now());
  const { nodeId, nodeSecret } = await act(ports, settings, snapshot, decision, caller);
  return {
    nodeId,
    ...(nodeSecret === undefined ? {} : { nodeSecret }),
    region: settings.region,
    queueUrl: `${settings.nodeQueueUrlPrefix}${nodeId}`,
    reportsQueueUrl: settings.reportsQueueUrl,
    artifactBucket: settings.artifactBucket,
    heartbeatIntervalSeconds: HEARTBEAT_INTERVAL_SECONDS,
    credentials: await issueToNode(ports, nodeId),
  };
};

export type { EnrollResponse };
export { enrollMachine };
