import * as z from 'zod';
import { nodeIdSchema } from '../../lib/ids.ts';
import { readJsonFile, writeFileAtomic } from '../disk/durable-file.ts';

const identitySchema = z.object({ nodeId: nodeIdSchema, nodeSecret: z.string().min(1) });
type Identity = z.infer<typeof identitySchema>;

/** Who this machine is since its first enrolment. @throws PermanentError when the file is damaged */
const readIdentity = async (path: string): Promise<Identity | undefined> =>
  await readJsonFile(path, identitySchema);

/** Readable by this user only. */
const writeIdentity = async (path: string, identity: Identity): Promise<void> => {
  await writeFileAtomic(path, JSON.stringify(identity), 0o600);
};

export type { Identity };
export { readIdentity, writeIdentity };
