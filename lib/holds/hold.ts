import * as z from 'zod';
import { timestampSchema } from '../time.ts';

/** A brake that a person (or a budget) sets: `freeze` = nothing destructive, `pause` = no new work is made, `stop` = nor is any begun, `no-repair` = no missing copy of data is made good. It always expires. */
const holdSchema = z.object({
  holdId: z.string(),
  kind: z.enum(['freeze', 'pause', 'stop', 'no-repair']),
  /** `fleet`, `provider:<key>`, `node:<nodeId>` or `campaign:<campaignId>`. */
  scope: z
    .string()
    .regex(/^(fleet|provider:[a-z-]+|node:n-[0-9a-f]{12}|campaign:[A-Za-z0-9][A-Za-z0-9._-]{0,63})$/),
  reason: z.string().min(1).max(500),
  setBy: z.string(),
  setAt: timestampSchema,
  expiresAt: timestampSchema,
});
type Hold = z.infer<typeof holdSchema>;

export type { Hold };
export { holdSchema };
