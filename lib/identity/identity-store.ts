/** A minted join token, stored by the SHA-256 of the whole token. */
interface JoinToken {
  readonly tokenHash: string;
  readonly tokenId: string;
  readonly createdAt: string;
  readonly createdBy: string;
  readonly expiresAt: string;
  readonly usesLeft: number;
  readonly revokedAt?: string | undefined;
  /** `provider#instanceId#bootId` → nodeId: the same machine asking again (its answer got lost) gets the same node. */
  readonly usedBy: Readonly<Record<string, string>>;
}

interface NodeSecret {
  readonly nodeId: string;
  /** SHA-256 of the secret, hex. */
  readonly secretHash: string;
  readonly revokedAt?: string | undefined;
}

interface IdentityStore {
  /** The key that join tokens are signed with: made by the first mint, kept for good. Undefined before that. */
  signingKey(): Promise<Buffer | undefined>;
  createSigningKey(candidate: Buffer): Promise<Buffer>;
  putToken(token: JoinToken): Promise<void>;
  getToken(tokenHash: string): Promise<JoinToken | undefined>;
  /** One conditional write: a use is left, not revoked, not expired. Records who used it. */
  useToken(tokenHash: string, machine: string, nodeId: string, now: Date): Promise<boolean>;
  revokeToken(tokenId: string, now: Date): Promise<boolean>;
  putSecret(secret: NodeSecret): Promise<void>;
  getSecret(nodeId: string): Promise<NodeSecret | undefined>;
  revokeSecret(nodeId: string, now: Date): Promise<void>;
  /** One live node per instance: binds it unless another node has it; `previous` may be replaced. Returns the nodeId that holds it now. */
  bindInstance(
    provider: string,
    instanceId: string,
    nodeId: string,
    previous: string | undefined,
  ): Promise<string>;
  getInstance(provider: string, instanceId: string): Promise<string | undefined>;
  /** Counts a try in the current minute for `source`; false when it is over the limit. */
  countAttempt(source: string, limitPerMinute: number, now: Date): Promise<boolean>;
}

export type { IdentityStore, JoinToken, NodeSecret };
