import * as z from 'zod';
import { artifactKindSchema, segmentSchema } from '../artifacts/artifact.ts';

/** More of them, with long paths, do not fit a message. */
const MAX_LEFT_FILES = 150;

/** The machine of a node is about to be taken away. */
const terminationNoticeSchema = z.object({
  reason: z.enum(['sigterm', 'spot-notice']),
  /** From the first of its notices on. */
  deadlineSeconds: z.number().nonnegative(),
  /** What was put and did not make it into the store; absent in the notice that comes before anything was tried. */
  leftBehind: z
    .object({
      count: z.int().nonnegative(),
      bytes: z.int().nonnegative(),
      files: z
        .array(
          z.object({
            path: z.string().max(1024),
            bytes: z.int().nonnegative(),
            kind: artifactKindSchema,
            name: segmentSchema,
          }),
        )
        .max(MAX_LEFT_FILES),
    })
    .optional(),
});
type TerminationNotice = z.infer<typeof terminationNoticeSchema>;

export type { TerminationNotice };
export { MAX_LEFT_FILES, terminationNoticeSchema };
