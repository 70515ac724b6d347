import { type AuditRow, type AuditStore, auditRowSchema } from './audit-row.ts';

/** AuditStore in memory. */
const createMemoryAuditStore = (): AuditStore => {
  const rows = new Map<string, AuditRow>();
  const newest = (matches: (row: AuditRow) => boolean, limit: number): AuditRow[] =>
    [...rows.values()]
      .filter(matches)
      .sort((a, b) => (`${a.at}#${a.auditId}` < `${b.at}#${b.auditId}` ? 1 : -1))
      .slice(0, limit);
  return {
    record: async (row) => {
      const key = JSON.stringify([row.subject, row.at, row.auditId]);
      rows.set(key, rows.get(key) ?? structuredClone(auditRowSchema.parse(row)));
    },
    listBySubject: async (subject, limit) => newest((row) => row.subject === subject, limit),
    listByAction: async (action, limit) => newest((row) => row.action === action, limit),
  };
};

export { createMemoryAuditStore };
