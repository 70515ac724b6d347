import { appendFileSync, existsSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import * as z from 'zod';

const eventSchema = z.object({
  version: z.literal('0'),
  id: z.string(),
  'detail-type': z.string(),
  source: z.string(),
  account: z.string(),
  time: z.string(),
  region: z.string(),
  resources: z.array(z.string()),
  detail: z.record(z.string(), z.unknown()),
});

/** What a rule's target receives. */
type EventBridgeEvent = z.infer<typeof eventSchema>;

const entrySchema = z.discriminatedUnion('type', [
  z.object({ type: z.literal('put'), bus: z.string(), event: eventSchema }),
  z.object({ type: z.literal('done'), id: z.string() }),
]);

interface Undelivered {
  readonly bus: string;
  readonly event: EventBridgeEvent;
}

interface EventJournal {
  /** Written before PutEvents is answered. */
  put(entries: readonly Undelivered[]): void;
  /** Every target of the event has it, or its dead-letter queue. */
  done(id: string): void;
  /** What a stopped process left undelivered, oldest first. */
  readonly undelivered: readonly Undelivered[];
}

/** The file is rewritten when it has this many lines and nothing is under way. */
const COMPACT_AFTER_LINES = 5000;

const readJournal = (file: string): Map<string, Undelivered> => {
  const open = new Map<string, Undelivered>();
  if (!existsSync(file)) return open;
  for (const line of readFileSync(file, 'utf8').split('\n')) {
    let value: unknown;
    try {
      value = JSON.parse(line);
    } catch {
      // The last line, cut short by a kill: it was never answered.
      continue;
    }
    const entry = entrySchema.safeParse(value);
    if (!entry.success) continue;
    if (entry.data.type === 'done') open.delete(entry.data.id);
    else open.set(entry.data.event.id, { bus: entry.data.bus, event: entry.data.event });
  }
  return open;
};

/** Events between PutEvents and their targets, as JSON lines: they survive a kill of the process. */
const openEventJournal = (file: string): EventJournal => {
  const undelivered = [...readJournal(file).values()];
  const open = new Map(undelivered.map((entry) => [entry.event.id, entry]));
  let lines = 0;

  const toLine = ({ bus, event }: Undelivered): string => `${JSON.stringify({ type: 'put', bus, event })}\n`;
  const rewrite = (): void => {
    writeFileSync(`${file}.new`, [...open.values()].map(toLine).join(''));
    renameSync(`${file}.new`, file);
    lines = open.size;
  };
  rewrite();

  return {
    undelivered,
    put: (entries) => {
      for (const entry of entries) open.set(entry.event.id, entry);
      appendFileSync(file, entries.map(toLine).join(''));
      lines += entries.length;
    },
    done: (id) => {
      if (!open.delete(id)) return;
      if (open.size === 0 && lines > COMPACT_AFTER_LINES) return rewrite();
      appendFileSync(file, `${JSON.stringify({ type: 'done', id })}\n`);
      lines += 1;
    },
  };
};

export type { EventBridgeEvent, EventJournal };
export { openEventJournal };
