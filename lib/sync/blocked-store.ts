import * as z from 'zod';
import { timestampSchema } from '../time.ts';

/** Since when each node that can be sent no data is so. */
const blockedSchema = z.object({
  since: z.record(z.string(), timestampSchema),
  revision: z.int().nonnegative(),
});
type Blocked = z.infer<typeof blockedSchema>;
type NextBlocked = Omit<Blocked, 'revision'>;

interface BlockedStore {
  get(): Promise<Blocked | undefined>;
  /** False when another wrote it since revision `expectedRevision` (undefined: there was none). */
  put(next: NextBlocked, expectedRevision: number | undefined): Promise<boolean>;
}

export type { Blocked, BlockedStore, NextBlocked };
export { blockedSchema };
