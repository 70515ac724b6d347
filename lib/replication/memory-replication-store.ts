import { createItemInMemory } from '../item-in-memory.ts';
import type { NextRecounted } from './recounted.ts';
import type { NextLedger } from './repair-ledger.ts';
import type { NextReport } from './replication-report.ts';
import type { ReplicationStore } from './replication-store.ts';
import type { NextRoster } from './roster.ts';

/** ReplicationStore in memory. */
const createMemoryReplicationStore = (): ReplicationStore => {
  const ledger = createItemInMemory<NextLedger>();
  const roster = createItemInMemory<NextRoster>();
  const report = createItemInMemory<NextReport>();
  const recounted = createItemInMemory<NextRecounted>();
  return {
    ledger: ledger.get,
    putLedger: ledger.put,
    roster: roster.get,
    putRoster: roster.put,
    report: report.get,
    putReport: report.put,
    recounted: recounted.get,
    putRecounted: recounted.put,
  };
};

export { createMemoryReplicationStore };
