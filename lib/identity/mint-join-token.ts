import type { AuditStore } from '../audit/audit-row.ts';
import { PermanentError } from '../errors.ts';
import type { IdSource } from '../ids.ts';
import { addSeconds, type Clock, toTimestamp } from '../time.ts';
import type { IdentityStore } from './identity-store.ts';
import { formatJoinToken, SIGNING_KEY_BYTES } from './join-token.ts';
import { hashSecret } from './secret-hash.ts';

interface MintPorts {
  readonly identity: IdentityStore;
  readonly audit: AuditStore;
  readonly ids: IdSource;
  readonly clock: Clock;
}

interface MintRequest {
  readonly ttlSeconds: number;
  readonly uses: number;
  /** The operator's ARN. */
  readonly createdBy: string;
}

interface MintedToken {
  /** Shown once: only its hash is stored. */
  readonly token: string;
  readonly tokenId: string;
  readonly expiresAt: string;
}

const MAX_TTL_SECONDS = 30 * 24 * 3600;
const MAX_USES = 1000;

const check = ({ ttlSeconds, uses }: MintRequest): void => {
  if (!Number.isInteger(ttlSeconds) || ttlSeconds < 1 || ttlSeconds > MAX_TTL_SECONDS) {
    throw new PermanentError(
      `a join token cannot live ${ttlSeconds} s: give 1 to ${MAX_TTL_SECONDS} (30 days)`,
    );
  }
  if (!Number.isInteger(uses) || uses < 1 || uses > MAX_USES) {
    throw new PermanentError(`a join token cannot have ${uses} uses: give 1 to ${MAX_USES}`);
  }
};

/**
 * Mints a join token: the right to become a node, `uses` times until it expires. The first mint makes the signing key.
 * @throws PermanentError when ttl or uses are out of range
 */
const mintJoinToken = async (ports: MintPorts, request: MintRequest): Promise<MintedToken> => {
  check(request);
  const { identity, audit, ids, clock } = ports;
  const now = clock.now();
  const key =
    (await identity.signingKey()) ?? (await identity.createSigningKey(ids.bytes(SIGNING_KEY_BYTES)));
  const tokenId = ids.bytes(8).toString('hex');
  const expiryEpochSeconds = Math.floor(addSeconds(now, request.ttlSeconds).getTime() / 1000);
  const expiresAt = toTimestamp(new Date(expiryEpochSeconds * 1000));
  const token = formatJoinToken(key, tokenId, expiryEpochSeconds);
  await identity.putToken({
    tokenHash: hashSecret(token),
    tokenId,
    createdAt: toTimestamp(now),
    createdBy: request.createdBy,
    expiresAt,
    usesLeft: request.uses,
    usedBy: {},
  });
  await audit.record({
    auditId: `mint-${tokenId}`,
    subject: `token:${tokenId}`,
    at: toTimestamp(now),
    actor: request.createdBy,
    action: 'mint-join-token',
    reason: 'an operator asked for it',
    evidence: { expiresAt, uses: request.uses },
  });
  return { token, tokenId, expiresAt };
};

export type { MintedToken, MintPorts, MintRequest };
export { mintJoinToken };
