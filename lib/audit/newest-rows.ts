import type { AuditPage, AuditRow } from './audit-row.ts';

/** Sorts as the rows were written; two of one instant by their id. */
const sortKeyOf = ({ at, auditId }: Pick<AuditRow, 'at' | 'auditId'>): string => `${at}#${auditId}`;

/** The newest `limit` of `rows`, and whether there were more. */
const newestRows = (rows: readonly AuditRow[], limit: number): AuditPage => {
  const sorted = rows.toSorted((a, b) => (sortKeyOf(a) < sortKeyOf(b) ? 1 : -1));
  return { rows: sorted.slice(0, limit), isCutOff: sorted.length > limit };
};

export { newestRows, sortKeyOf };
