import {
  type AuditQuery,
  type AuditReader,
  type AuditRow,
  type AuditStore,
  auditRowSchema,
} from './audit-row.ts';
import { newestRows } from './newest-rows.ts';

/** AuditStore and AuditReader in memory. */
const createMemoryAuditStore = (): AuditStore & AuditReader => {
  const rows = new Map<string, AuditRow>();
  const list = async ({ subject, action, since, limit }: AuditQuery) =>
    newestRows(
      [...rows.values()].filter(
        (row) =>
          (subject === undefined || row.subject === subject) &&
          (action === undefined || row.action === action) &&
          (since === undefined || row.at >= since.toISOString()),
      ),
      limit,
    );
  return {
    record: async (row) => {
      const key = JSON.stringify([row.subject, row.at, row.auditId]);
      rows.set(key, rows.get(key) ?? structuredClone(auditRowSchema.parse(row)));
    },
    list,
    listBySubject: async (subject, limit) => (await list({ subject, limit })).rows,
    listByAction: async (action, limit) => (await list({ action, limit })).rows,
  };
};

export { createMemoryAuditStore };
