import { createHash, timingSafeEqual } from 'node:crypto';

/** What is stored of a token or secret: SHA-256 in hex. They have 128 bits of chance and more, so that no slow hash is needed. */
const hashSecret = (secret: string): string => createHash('sha256').update(secret).digest('hex');

/** Compares in constant time, whatever the lengths. */
const equalInConstantTime = (left: string, right: string): boolean =>
  timingSafeEqual(createHash('sha256').update(left).digest(), createHash('sha256').update(right).digest());

export { equalInConstantTime, hashSecret };
