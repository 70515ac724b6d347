import { randomUUID } from 'node:crypto';
import * as z from 'zod';
import type { EventBridgeEvent } from './event-journal.ts';

const DEFAULT_BUS = 'default';
const MAX_ENTRIES = 10;
/** 256 KB for all entries of one call together. */
const MAX_CALL_BYTES = 256 * 1024;

const entrySchema = z.object({
  Time: z.number().optional(),
  Source: z.string().optional(),
  Resources: z.array(z.string()).default([]),
  DetailType: z.string().optional(),
  Detail: z.string().optional(),
  EventBusName: z.string().default(DEFAULT_BUS),
});
type Entry = z.infer<typeof entrySchema>;

const putEventsSchema = z.object({ Entries: z.array(entrySchema).min(1).max(MAX_ENTRIES) });

/** The size of an entry as the user guide counts it: 14 bytes for the time, and the UTF-8 bytes of the rest. */
const bytesOf = (entry: Entry): number =>
  (entry.Time === undefined ? 0 : 14) +
  [entry.Source, entry.DetailType, entry.Detail, ...entry.Resources].reduce(
    (total, text) => total + Buffer.byteLength(text ?? ''),
    0,
  );

const parseDetail = (detail: string): Record<string, unknown> | undefined => {
  try {
    const parsed = z.record(z.string(), z.unknown()).safeParse(JSON.parse(detail));
    return parsed.success ? parsed.data : undefined;
  } catch {
    return undefined;
  }
};

/** One entry's refusal; the other entries of the call go on. */
interface EntryFailure {
  readonly ErrorCode: string;
  readonly ErrorMessage: string;
}

const failure = (ErrorCode: string, ErrorMessage: string): EntryFailure => ({ ErrorCode, ErrorMessage });

const missing = (name: string): EntryFailure =>
  failure('InvalidArgument', `Parameter ${name} is not valid. Reason: ${name} is a required argument.`);

/** The event of an entry, as its targets receive it; or why EventBridge does not take it. */
const toEvent = (
  entry: Entry,
  place: { accountId: string; region: string; nowMs: number },
): EventBridgeEvent | EntryFailure => {
  const { Source, DetailType, Detail } = entry;
  if (!Source) return missing('Source');
  if (!DetailType) return missing('DetailType');
  if (!Detail) return missing('Detail');
  const detail = parseDetail(Detail);
  if (detail === undefined) return failure('MalformedDetail', 'Detail is malformed.');
  if (Source.startsWith('aws.')) {
    return failure('NotAuthorizedForSourceException', 'Not authorized for the source.');
  }
  const instant = new Date(entry.Time === undefined ? place.nowMs : entry.Time * 1000);
  return {
    version: '0',
    id: randomUUID(),
    'detail-type': DetailType,
    source: Source,
    account: place.accountId,
    time: `${instant.toISOString().slice(0, 19)}Z`,
    region: place.region,
    resources: entry.Resources,
    detail,
  };
};

export { bytesOf, DEFAULT_BUS, MAX_CALL_BYTES, putEventsSchema, toEvent };
