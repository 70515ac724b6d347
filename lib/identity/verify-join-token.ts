import type { Clock } from '../time.ts';
import type { IdentityStore } from './identity-store.ts';
import { isSignedBy, readJoinToken } from './join-token.ts';
import { hashSecret } from './secret-hash.ts';

/** Tells whether a token is ours without touching a table; gives its hash, by which its row is found. */
interface JoinTokenVerifier {
  /** The hash of a token of the right shape and signature, else undefined. */
  verify(token: string): Promise<string | undefined>;
}

/** Before the first mint there is no key; it is looked for again after this, so that a flood of tokens costs one read a second. */
const KEY_RETRY_MILLISECONDS = 1000;

/** Shape first, then signature. The key is read once per container, not per request. */
const createJoinTokenVerifier = (
  identity: Pick<IdentityStore, 'signingKey'>,
  clock: Clock,
): JoinTokenVerifier => {
  let key: Buffer | undefined;
  let lookedAt = Number.NEGATIVE_INFINITY;
  const readKey = async (): Promise<Buffer | undefined> => {
    if (key === undefined && clock.now().getTime() - lookedAt >= KEY_RETRY_MILLISECONDS) {
      key = await identity.signingKey();
      lookedAt = clock.now().getTime();
    }
    return key;
  };
  return {
    verify: async (token) => {
      const parts = readJoinToken(token);
      const signingKey = parts === undefined ? undefined : await readKey();
      return parts !== undefined && signingKey !== undefined && isSignedBy(signingKey, parts)
        ? hashSecret(token)
        : undefined;
    },
  };
};

export type { JoinTokenVerifier };
export { createJoinTokenVerifier };
