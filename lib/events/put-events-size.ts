/** One PutEvents call takes this many entries … */
const MAX_ENTRIES = 10;
/** … of this many bytes in all (AWS: "Calculating Amazon EventBridge PutEvents event entry size"). */
const MAX_REQUEST_BYTES = 256 * 1024;

interface SizedEntry {
  readonly Source: string;
  readonly DetailType: string;
  readonly Detail: string;
}

/** AWS's rule: the UTF-8 bytes of source, detail type and detail (14 more for a `Time`, which Drover does not set). */
const entryBytes = ({ Source, DetailType, Detail }: SizedEntry): number =>
  Buffer.byteLength(Source) + Buffer.byteLength(DetailType) + Buffer.byteLength(Detail);

/** Splits entries, in order, into as few calls as fit. Each entry by itself must fit. */
const batchEntries = <Entry extends SizedEntry>(entries: readonly Entry[]): Entry[][] => {
  const batches: Entry[][] = [];
  let bytes = 0;
  for (const entry of entries) {
    const batch = batches.at(-1);
    const size = entryBytes(entry);
    if (batch === undefined || batch.length === MAX_ENTRIES || bytes + size > MAX_REQUEST_BYTES) {
      batches.push([entry]);
      bytes = size;
    } else {
      batch.push(entry);
      bytes += size;
    }
  }
  return batches;
};

export type { SizedEntry };
export { batchEntries, entryBytes, MAX_ENTRIES, MAX_REQUEST_BYTES };
