import { toTimestamp } from '../time.ts';
import type { IdentityStore, JoinToken, NodeSecret } from './identity-store.ts';

/** IdentityStore in memory. */
const createMemoryIdentityStore = (): IdentityStore => {
  let key: Buffer | undefined;
  const tokens = new Map<string, JoinToken>();
  const secrets = new Map<string, NodeSecret>();
  const instances = new Map<string, string>();
  const attempts = new Map<string, number>();
  return {
    signingKey: async () => key,
    createSigningKey: async (candidate) => {
      key ??= candidate;
      return key;
    },
    putToken: async (token) => {
      tokens.set(token.tokenHash, structuredClone(token));
    },
    getToken: async (tokenHash) => structuredClone(tokens.get(tokenHash)),
    useToken: async (tokenHash, machine, nodeId, now) => {
      const token = tokens.get(tokenHash);
      if (
        token === undefined ||
        token.usesLeft < 1 ||
        token.revokedAt !== undefined ||
        token.expiresAt <= toTimestamp(now) ||
        token.usedBy[machine] !== undefined
      ) {
        return false;
      }
      tokens.set(tokenHash, {
        ...token,
        usesLeft: token.usesLeft - 1,
        usedBy: { ...token.usedBy, [machine]: nodeId },
      });
      return true;
    },
    revokeToken: async (tokenId, now) => {
      const token = [...tokens.values()].find((candidate) => candidate.tokenId === tokenId);
      if (token === undefined) {
        return false;
      }
      tokens.set(token.tokenHash, { ...token, revokedAt: token.revokedAt ?? toTimestamp(now) });
      return true;
    },
    putSecret: async (secret) => {
      const { revokedAt } = secrets.get(secret.nodeId) ?? {};
      secrets.set(secret.nodeId, { ...secret, ...(revokedAt === undefined ? {} : { revokedAt }) });
    },
    getSecret: async (nodeId) => secrets.get(nodeId),
    revokeSecret: async (nodeId, now) => {
      const secret = secrets.get(nodeId);
      if (secret !== undefined) {
        secrets.set(nodeId, { ...secret, revokedAt: secret.revokedAt ?? toTimestamp(now) });
      }
    },
    bindInstance: async (provider, instanceId, nodeId, previous) => {
      const instance = JSON.stringify([provider, instanceId]);
      const holder = instances.get(instance);
      if (holder === undefined || holder === previous) {
        instances.set(instance, nodeId);
        return nodeId;
      }
      return holder;
    },
    getInstance: async (provider, instanceId) => instances.get(JSON.stringify([provider, instanceId])),
    countAttempt: async (source, limitPerMinute, now) => {
      const minute = `${source}#${Math.floor(now.getTime() / 60_000)}`;
      const count = (attempts.get(minute) ?? 0) + 1;
      attempts.set(minute, count);
      return count <= limitPerMinute;
    },
  };
};

export { createMemoryIdentityStore };
