import * as z from 'zod';
import { timestampSchema } from '../time.ts';

/** One row per decision that acted, and per write of an operator. */
const auditRowSchema = z.object({
  auditId: z.string(),
  /** What it is about: `node:n-…`, `artifact:<sha256>`, `distribution:d-…`, `hold:…`, `token:…`, `queue:…`. */
  subject: z.string(),
  at: timestampSchema,
  /** Who did it: an ARN, or a function's name. */
  actor: z.string(),
  /** Verb-noun in kebab case: `enroll-node`, `revoke-node`, `start-distribution`. */
  action: z.string(),
  reason: z.string(),
  evidence: z.record(z.string(), z.unknown()).default({}),
});
type AuditRow = z.infer<typeof auditRowSchema>;

interface AuditStore {
  /** Writes the row; the same auditId twice is one row. */
  record(row: AuditRow): Promise<void>;
  listBySubject(subject: string, limit: number): Promise<AuditRow[]>;
  listByAction(action: string, limit: number): Promise<AuditRow[]>;
}

export type { AuditRow, AuditStore };
export { auditRowSchema };
