import type { z } from 'zod';
import type { NodeCredentials } from './credentials-issuer.ts';
import { isLive, refuseEnded } from './decide-enrolment.ts';
import type { credentialsRequestSchema } from './enrolment.ts';
import type { Caller, EnrolmentPorts } from './enrolment-ports.ts';
import { issueToNode } from './issue-to-node.ts';
import { limitAttempts } from './limit-attempts.ts';
import { loadClaim } from './load-enrolment.ts';
import { RefusalError } from './refusal.ts';
import { reportBootConflict } from './report-boot-conflict.ts';

type CredentialsRequest = z.infer<typeof credentialsRequestSchema>;

/**
 * Trades a node's secret for AWS credentials of at most an hour, for the boot that enrolled.
 * @throws RefusalError with the code that answers the caller
 */
const issueCredentials = async (
  ports: EnrolmentPorts,
  request: CredentialsRequest,
  caller: Caller,
): Promise<NodeCredentials> => {
  await limitAttempts(ports.identity, caller.sourceAddress, ports.clock);
  const { secretMatches, node } = await loadClaim(ports, request.nodeId, request.nodeSecret);
  if (!secretMatches || node === undefined) {
    throw new RefusalError('invalid-secret', 'no node has this id and secret: enrol anew with a join token');
  }
  const ended = refuseEnded(node);
  if (ended?.action === 'refuse') {
    throw new RefusalError(ended.reason, ended.evidence);
  }
  if (node.bootId !== request.bootId) {
    if (isLive(node, ports.clock.now())) {
      await reportBootConflict(ports, node, request.bootId, caller.sourceAddress);
    }
    throw new RefusalError(
      'boot-id-conflict',
      `node ${node.nodeId} is bound to another boot: say who you are at /enroll first`,
    );
  }
  return issueToNode(ports, node.nodeId);
};

export { issueCredentials };
