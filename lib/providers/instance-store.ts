import type { Provider as ProviderKey } from '../nodes/node.ts';
import type { InstanceRecord, NextRecord } from './instance-record.ts';
import type { Segment } from './meter.ts';

/** What is known of every instance, and the ledger of what they cost. */
interface InstanceStore {
  /** All records of a provider, those of the last weeks' gone ones included; strongly consistent, every page or an error. */
  list(provider: ProviderKey): Promise<InstanceRecord[]>;
  /** Writes the record if its revision is still `expectedRevision` (undefined: if there is none); false when another was faster. */
  put(record: NextRecord, expectedRevision: number | undefined): Promise<boolean>;
  /** Adds a stretch within one month to the ledger; one of the same start replaces it. */
  addSegment(segment: Segment): Promise<void>;
  /** Every stretch of the provider that overlaps the time between. */
  listSegments(provider: ProviderKey, from: Date, to: Date): Promise<Segment[]>;
}

export type { InstanceStore };
