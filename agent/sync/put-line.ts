import * as z from 'zod';
import { artifactKindSchema, labelsSchema, segmentSchema } from '../../lib/artifacts/artifact.ts';
import { artifactIdSchema } from '../../lib/ids.ts';
import { timestampSchema } from '../../lib/time.ts';

/** What a file becomes in the registry; its version is made from its hash. */
const putAsSchema = z.object({
  kind: artifactKindSchema,
  name: segmentSchema,
  labels: labelsSchema.optional(),
});
type PutAs = z.infer<typeof putAsSchema>;

/** How a file looked that is held by a second name. Its inode is no part of it: who copies the data folder to another disk changes nothing. */
const linkedLookSchema = z.object({ bytes: z.int().nonnegative(), modifiedNs: z.string() });
type LinkedLook = z.infer<typeof linkedLookSchema>;

/** One file that was put and is not in the store yet. */
const putLineSchema = putAsSchema.extend({
  putId: z.string().min(1).max(64),
  /** By this node's clock: it orders lines and decides nothing else. */
  putAt: timestampSchema,
  /** Where it was when it was put; absolute. What is brought is the held copy. */
  path: z.string(),
  bytes: z.int().nonnegative(),
  /** When another look is found, somebody wrote into the file: what was put is gone. Absent: it is held as a copy, or an older agent took it. */
  linked: linkedLookSchema.optional(),
});
type PutLine = z.infer<typeof putLineSchema>;

const logEntrySchema = z.discriminatedUnion('entry', [
  z.object({ entry: z.literal('put'), line: putLineSchema }),
  /** The store has verified this very file: the line leaves the log. */
  z.object({ entry: z.literal('stored'), putId: z.string(), artifactId: artifactIdSchema }),
  /** What was put is gone, and never was in the store: the line leaves the log, for waiting brings nothing back. */
  z.object({ entry: z.literal('lost'), putId: z.string() }),
]);
type LogEntry = z.infer<typeof logEntrySchema>;

export type { LinkedLook, LogEntry, PutAs, PutLine };
export { logEntrySchema, putAsSchema, putLineSchema };
