import * as z from 'zod';
import { timestampSchema } from '../time.ts';
import type { AuditAction } from './audit-actions.ts';

const fieldsSchema = z.record(z.string(), z.unknown());

/** One row per state change, per decision that acted, and per write of an operator. */
const auditRowSchema = z.object({
  auditId: z.string(),
  /** What it is about: `node:n-…`, `artifact:<sha256>`, `distribution:d-…`, `hold:…`, `token:…`, `work:w-…`, `queue:…`, `provider:…`, `budget:…`. */
  subject: z.string(),
  at: timestampSchema,
  /** Who did it: an ARN, or a function's name. */
  actor: z.string(),
  /** One of `auditActions`; a row that a newer version wrote may have another. */
  action: z.string(),
  reason: z.string(),
  /** What changed, as it was and as it is: the changed fields only. */
  before: fieldsSchema.optional(),
  after: fieldsSchema.optional(),
  /** What the decision saw. */
  evidence: fieldsSchema.default({}),
});
type AuditRow = z.infer<typeof auditRowSchema>;
/** A row as it is written: only with an action that everybody knows. */
type NewAuditRow = AuditRow & { readonly action: AuditAction };

/** All rows that match what is given, newest first. */
interface AuditQuery {
  readonly subject?: string;
  readonly action?: string;
  readonly since?: Date;
  readonly limit: number;
}

interface AuditPage {
  readonly rows: AuditRow[];
  /** There are older ones that match too. */
  readonly isCutOff: boolean;
}

interface AuditStore {
  /** Writes the row; the same auditId twice is one row. */
  record(row: NewAuditRow): Promise<void>;
}

/** For operators: functions write rows and read none. */
interface AuditReader {
  list(query: AuditQuery): Promise<AuditPage>;
  listBySubject(subject: string, limit: number): Promise<AuditRow[]>;
  listByAction(action: string, limit: number): Promise<AuditRow[]>;
}

export type { AuditPage, AuditQuery, AuditReader, AuditRow, AuditStore, NewAuditRow };
export { auditRowSchema };
