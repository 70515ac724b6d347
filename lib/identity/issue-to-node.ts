import { TransientError } from '../errors.ts';
import type { NodeCredentials } from './credentials-issuer.ts';
import { refuseEnded } from './decide-enrolment.ts';
import type { EnrolmentPorts } from './enrolment-ports.ts';
import { RefusalError } from './refusal.ts';

/**
 * Gives a node credentials, by what its item says now: the decision before was made on a snapshot, and an operator may have
 * revoked the node while its queue was made.
 * @throws RefusalError when its trust has ended
 * @throws TransientError when its item cannot be found
 */
const issueToNode = async (
  { nodes, issuer }: Pick<EnrolmentPorts, 'nodes' | 'issuer'>,
  nodeId: string,
): Promise<NodeCredentials> => {
  const node = await nodes.get(nodeId);
  if (node === undefined) {
    throw new TransientError(`node ${nodeId} has no item, so it gets no credentials: try again`);
  }
  const ended = refuseEnded(node);
  if (ended?.action === 'refuse') throw new RefusalError(ended.reason, ended.evidence);
  return issuer.issue(nodeId);
};

export { issueToNode };
