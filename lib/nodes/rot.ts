import * as z from 'zod';
import { artifactIdSchema } from '../ids.ts';

/** A file that nobody changed, whose bytes are not those that the agent once hashed there. */
const rotSchema = z.object({
  artifactId: artifactIdSchema,
  /** As the inventory names it. */
  path: z.string().max(4096),
  bytes: z.int().nonnegative(),
});
type Rot = z.infer<typeof rotSchema>;

export type { Rot };
export { rotSchema };
