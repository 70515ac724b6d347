import type { EnrolmentSnapshot } from './decide-enrolment.ts';
import { machineOf } from './decide-enrolment.ts';
import type { EnrollRequest } from './enrolment.ts';
import type { Caller, EnrolmentPorts } from './enrolment-ports.ts';
import { limitAttempts } from './limit-attempts.ts';
import { RefusalError } from './refusal.ts';
import { equalInConstantTime, hashSecret } from './secret-hash.ts';

type Claim = NonNullable<EnrolmentSnapshot['claimed']>;

/** Whether the secret is the node's, in constant time also for a node that does not exist, and the node if so. */
const loadClaim = async (
  { identity, nodes }: Pick<EnrolmentPorts, 'identity' | 'nodes'>,
  nodeId: string,
  nodeSecret: string,
): Promise<Claim> => {
  const secret = await identity.getSecret(nodeId);
  const secretMatches = equalInConstantTime(secret?.secretHash ?? '', hashSecret(nodeSecret));
  return { secretMatches, node: secretMatches ? await nodes.get(nodeId) : undefined };
};

/** The hash of the request's token. @throws RefusalError before any table is touched, when it is none of ours */
const checkToken = async (ports: EnrolmentPorts, request: EnrollRequest): Promise<string> => {
  const tokenHash =
    request.joinToken === undefined ? undefined : await ports.tokens.verify(request.joinToken);
  if (tokenHash === undefined) {
    throw new RefusalError(
      'invalid-token',
      'a new machine needs a join token of this installation: mint one with `drover nodes token`',
    );
  }
  return tokenHash;
};

/** Loads what decides an enrolment. @throws RefusalError for a forged token or too many tries */
const loadEnrolment = async (
  ports: EnrolmentPorts,
  request: EnrollRequest,
  caller: Caller,
): Promise<EnrolmentSnapshot & { readonly tokenHash: string | undefined }> => {
  const { identity, nodes, clock } = ports;
  const none = { token: undefined, nodeByToken: undefined, holder: undefined };
  if (request.nodeId !== undefined && request.nodeSecret !== undefined) {
    await limitAttempts(identity, caller.sourceAddress, clock);
    const claimed = await loadClaim(ports, request.nodeId, request.nodeSecret);
    return { request, claimed, ...none, tokenHash: undefined };
  }
  const tokenHash = await checkToken(ports, request);
  await limitAttempts(identity, caller.sourceAddress, clock);
  const token = await identity.getToken(tokenHash);
  if (token === undefined) {
    return { request, claimed: undefined, ...none, tokenHash };
  }
  const earlier = token.usedBy[machineOf(request)];
  const holderId = await identity.getInstance(request.provider, request.instanceId);
  return {
    request,
    claimed: undefined,
    token,
    nodeByToken: earlier === undefined ? undefined : await nodes.get(earlier),
    holder: holderId === undefined ? undefined : { nodeId: holderId, node: await nodes.get(holderId) },
    tokenHash,
  };
};

export { loadClaim, loadEnrolment };
