import { createHash, randomBytes, randomUUID } from 'node:crypto';
import * as z from 'zod';

/** The only source of randomness inside `lib`: passed in, so that runs can be repeated. */
interface IdSource {
  /** `byteCount` random bytes. */
  bytes(byteCount: number): Buffer;
  uuid(): string;
}

const randomIds: IdSource = { bytes: (byteCount) => randomBytes(byteCount), uuid: () => randomUUID() };

/** `n-` and 12 hex digits; never reused. */
const nodeIdSchema = z.string().regex(/^n-[0-9a-f]{12}$/, 'a node id is n- and 12 hex digits');

/** An artifact is known by its SHA-256 in lower-case hex. */
const artifactIdSchema = z.string().regex(/^[0-9a-f]{64}$/, 'an artifact id is a SHA-256 in lower-case hex');

/** An id derived from what it stands for, so that repeating a step makes the same id: `<prefix>-<24 hex>`. */
const derivedId = (prefix: string, ...parts: readonly (string | number)[]): string =>
  `${prefix}-${createHash('sha256').update(JSON.stringify(parts)).digest('hex').slice(0, 24)}`;

export type { IdSource };
export { artifactIdSchema, derivedId, nodeIdSchema, randomIds };
