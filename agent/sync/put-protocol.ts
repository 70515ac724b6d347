import * as z from 'zod';
import { putAsSchema } from './put-line.ts';

/** One line of JSON to the agent's socket, and one back. */
const requestSchema = z.discriminatedUnion('type', [
  putAsSchema.extend({ type: z.literal('put'), path: z.string().startsWith('/') }),
  /** The machine will be taken away in so many seconds, as a watcher of spot notices has heard. */
  z.object({ type: z.literal('notice'), seconds: z.number().positive().max(3600) }),
]);
type PutRequest = z.infer<typeof requestSchema>;

const skippedSchema = z.object({
  /** Nothing in them that could be lost. */
  empty: z.int().nonnegative(),
  /** `<file>.writing` stands beside them: their writer is not done. */
  writing: z.int().nonnegative(),
  /** Links, sockets, and what a database keeps beside its file. */
  other: z.int().nonnegative(),
});

const answerSchema = z.discriminatedUnion('outcome', [
  /** All of it is in the agent's log, on disk: from here on it is the agent's. */
  z.object({
    outcome: z.literal('taken'),
    files: z.int().nonnegative(),
    bytes: z.int().nonnegative(),
    skipped: skippedSchema,
  }),
  z.object({ outcome: z.literal('noted') }),
  z.object({ outcome: z.literal('refused'), message: z.string() }),
]);
type PutAnswer = z.infer<typeof answerSchema>;
type Skipped = z.infer<typeof skippedSchema>;

/** Longer lines are no requests of ours. */
const MAX_REQUEST_BYTES = 64 * 1024;

export type { PutAnswer, PutRequest, Skipped };
export { answerSchema, MAX_REQUEST_BYTES, requestSchema };
