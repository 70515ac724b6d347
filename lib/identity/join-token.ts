import { createHmac } from 'node:crypto';
import { equalInConstantTime } from './secret-hash.ts';

/** The bytes of the key that signs join tokens. */
const SIGNING_KEY_BYTES = 32;

/** `drover_<tokenId: 16 hex>_<expiry: epoch seconds>_<HMAC-SHA-256 of "tokenId.expiry", base64url>` */
const TOKEN_PATTERN = /^drover_([0-9a-f]{16})_([0-9]{1,12})_([A-Za-z0-9_-]{43})$/;

interface JoinTokenParts {
  readonly tokenId: string;
  readonly expiryEpochSeconds: number;
  readonly signature: string;
}

const sign = (key: Buffer, tokenId: string, expiryEpochSeconds: number): string =>
  createHmac('sha256', key).update(`${tokenId}.${expiryEpochSeconds}`).digest('base64url');

const formatJoinToken = (key: Buffer, tokenId: string, expiryEpochSeconds: number): string =>
  `drover_${tokenId}_${expiryEpochSeconds}_${sign(key, tokenId, expiryEpochSeconds)}`;

/** The parts of what looks like a join token; undefined for anything else. Says nothing about who made it. */
const readJoinToken = (token: string): JoinTokenParts | undefined => {
  const [, tokenId, expiry, signature] = TOKEN_PATTERN.exec(token) ?? [];
  return tokenId === undefined || expiry === undefined || signature === undefined
    ? undefined
    : { tokenId, expiryEpochSeconds: Number(expiry), signature };
};

/** Whether this installation's key signed it, in constant time. */
const isSignedBy = (key: Buffer, { tokenId, expiryEpochSeconds, signature }: JoinTokenParts): boolean =>
  equalInConstantTime(sign(key, tokenId, expiryEpochSeconds), signature);

export type { JoinTokenParts };
export { formatJoinToken, isSignedBy, readJoinToken, SIGNING_KEY_BYTES };
