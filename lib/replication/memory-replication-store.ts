import type { RepairLedger } from './repair-ledger.ts';
import type { ReplicationReport } from './replication-report.ts';
import type { ReplicationStore } from './replication-store.ts';
import type { Roster } from './roster.ts';

/** ReplicationStore in memory. */
const createMemoryReplicationStore = (): ReplicationStore => {
  const items: { ledger?: RepairLedger; roster?: Roster; report?: ReplicationReport } = {};
  const put = <Item extends { readonly revision: number }>(
    last: Item | undefined,
    expectedRevision: number | undefined,
    write: (revision: number) => void,
  ): boolean => {
    if (last?.revision !== expectedRevision) return false;
    write((expectedRevision ?? 0) + 1);
    return true;
  };
  return {
    ledger: async () => structuredClone(items.ledger),
    putLedger: async (next, expected) =>
      put(items.ledger, expected, (revision) => {
        items.ledger = structuredClone({ ...next, revision });
      }),
    roster: async () => structuredClone(items.roster),
    putRoster: async (next, expected) =>
      put(items.roster, expected, (revision) => {
        items.roster = structuredClone({ ...next, revision });
      }),
    report: async () => structuredClone(items.report),
    putReport: async (next, expected) =>
      put(items.report, expected, (revision) => {
        items.report = structuredClone({ ...next, revision });
      }),
  };
};

export { createMemoryReplicationStore };
