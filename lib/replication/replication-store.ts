import type { NextRecounted, Recounted } from './recounted.ts';
import type { NextLedger, RepairLedger } from './repair-ledger.ts';
import type { NextReport, ReplicationReport } from './replication-report.ts';
import type { NextRoster, Roster } from './roster.ts';

/** The items of replication in the control table. Each is replaced only by whoever read the last one: false when another was faster. */
interface ReplicationStore {
  ledger(): Promise<RepairLedger | undefined>;
  putLedger(next: NextLedger, expectedRevision: number | undefined): Promise<boolean>;
  roster(): Promise<Roster | undefined>;
  putRoster(next: NextRoster, expectedRevision: number | undefined): Promise<boolean>;
  report(): Promise<ReplicationReport | undefined>;
  putReport(next: NextReport, expectedRevision: number | undefined): Promise<boolean>;
  recounted(): Promise<Recounted | undefined>;
  putRecounted(next: NextRecounted, expectedRevision: number | undefined): Promise<boolean>;
}

export type { ReplicationStore };
