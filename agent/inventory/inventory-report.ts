import { createHash } from 'node:crypto';
import { artifactKey } from '../../lib/artifacts/artifact.ts';
import { inventoryDocumentSchema, type Report } from '../../lib/nodes/report.ts';
import type { Survey } from './survey.ts';

type InventoryReport = Extract<Report, { type: 'inventory' }>['inventory'];

/** More ids than this do not fit a message; the receiver then reads the full list. */
const MAX_DELTA = 1000;

/** The list that was last accepted by the reports queue. */
interface ReportedInventory {
  readonly digest: string;
  readonly artifactIds: ReadonlySet<string>;
}

interface Inventory {
  readonly document: string;
  readonly report: InventoryReport;
  readonly reported: ReportedInventory;
}

const fits = (ids: readonly string[]): boolean => ids.length <= MAX_DELTA;

/**
 * The document for the store and the report about it, as a delta against what was reported before.
 * @param drainEpoch the drain for which nothing ran any more when the look began
 */
const describeInventory = (
  nodeId: string,
  { entries, outsideCopies, unsettled, unclaimed, configDigest }: Omit<Survey, 'unflushedBytes'>,
  before: ReportedInventory | undefined,
  drainEpoch?: number,
): Inventory => {
  const lists = { entries, ...(outsideCopies.length === 0 ? {} : { outsideCopies }) };
  const document = JSON.stringify(inventoryDocumentSchema.parse({ schemaVersion: 1, nodeId, ...lists }));
  const digest = createHash('sha256').update(document).digest('hex');
  const artifactIds = new Set(entries.map(({ artifactId }) => artifactId));
  const report: InventoryReport = {
    digest,
    key: artifactKey(digest),
    count: entries.length,
    bytes: entries.reduce((sum, { bytes }) => sum + bytes, 0),
    unsettled,
    ...(unclaimed === undefined ? {} : { unclaimed }),
    ...(configDigest === undefined ? {} : { configDigest }),
    ...(drainEpoch === undefined ? {} : { drainEpoch }),
  };
  if (before === undefined) return { document, report, reported: { digest, artifactIds } };
  const added = [...artifactIds].filter((id) => !before.artifactIds.has(id));
  const removed = [...before.artifactIds].filter((id) => !artifactIds.has(id));
  const delta = fits(added) && fits(removed) ? { added, removed } : {};
  return {
    document,
    report: { ...report, base: before.digest, ...delta },
    reported: { digest, artifactIds },
  };
};

export type { Inventory, ReportedInventory };
export { describeInventory };
