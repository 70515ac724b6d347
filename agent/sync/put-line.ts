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

/** One file that was put and is not in the store yet. */
const putLineSchema = putAsSchema.extend({
  putId: z.string().min(1).max(64),
  /** By this node's clock: it orders lines and decides nothing else. */
  putAt: timestampSchema,
  /** Where it was when it was put; absolute. What is brought is the held copy. */
  path: z.string(),
  bytes: z.int().nonnegative(),
});
type PutLine = z.infer<typeof putLineSchema>;

const logEntrySchema = z.discriminatedUnion('entry', [
  z.object({ entry: z.literal('put'), line: putLineSchema }),
  /** The store has verified this very file: the line leaves the log. */
  z.object({ entry: z.literal('stored'), putId: z.string(), artifactId: artifactIdSchema }),
]);
type LogEntry = z.infer<typeof logEntrySchema>;

export type { LogEntry, PutAs, PutLine };
export { logEntrySchema, putAsSchema, putLineSchema };
