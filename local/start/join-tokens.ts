import type { Cloud } from '../cloud.ts';
import { mintToken } from './mint-token.ts';

/** As many agents as one start has at most. */
const USES = 50;
/** Half of what a token lives. */
const KEPT_MS = 30 * 60_000;

/** Join tokens for agents that start now and later: one token serves many, while it is young. */
const createJoinTokens = (cloud: Cloud): (() => Promise<string>) => {
  let current: { readonly token: Promise<string>; readonly mintedAtMs: number; left: number } | undefined;
  return () => {
    if (current === undefined || current.left === 0 || Date.now() - current.mintedAtMs > KEPT_MS) {
      current = { token: mintToken(cloud, USES), mintedAtMs: Date.now(), left: USES };
    }
    current.left -= 1;
    return current.token;
  };
};

export { createJoinTokens };
