import { stat } from 'node:fs/promises';
import { dirname } from 'node:path';
import * as z from 'zod';
import { nodeIdSchema } from '../../lib/ids.ts';
import { timestampSchema, toTimestamp } from '../../lib/time.ts';
import { readJsonFile, writeFileAtomic } from '../disk/durable-file.ts';

const identitySchema = z.object({
  nodeId: nodeIdSchema,
  nodeSecret: z.string().min(1),
  /** When this machine first became a node: what is older on its disks came with it. */
  enrolledAt: timestampSchema.optional(),
});
interface Identity extends z.infer<typeof identitySchema> {
  readonly enrolledAt: string;
}

/** The time of birth of `path`; the earliest of all times where the file system does not know it. */
const bornAt = async (path: string): Promise<number> => {
  const { birthtimeMs } = await stat(path);
  return Number.isFinite(birthtimeMs) && birthtimeMs > 0 ? birthtimeMs : 0;
};

/**
 * Who this machine is since its first enrolment. An older agent did not write down when that was; then it is the earliest time
 * that its files prove, because a later one would take files for older than the node.
 * @throws PermanentError when the file is damaged
 */
const readIdentity = async (path: string): Promise<Identity | undefined> => {
  const identity = await readJsonFile(path, identitySchema);
  if (identity === undefined) return undefined;
  const { enrolledAt } = identity;
  if (enrolledAt !== undefined) return { ...identity, enrolledAt };
  const births = await Promise.all([bornAt(path), bornAt(dirname(path))]);
  return { ...identity, enrolledAt: toTimestamp(new Date(Math.min(...births))) };
};

/** Readable by this user only. */
const writeIdentity = async (path: string, identity: Identity): Promise<void> => {
  await writeFileAtomic(path, JSON.stringify(identity), 0o600);
};

export type { Identity };
export { readIdentity, writeIdentity };
