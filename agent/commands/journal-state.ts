import * as z from 'zod';
import { type Command, commandSchema } from '../../lib/commands/command.ts';
import { type CommandResult, commandResultSchema } from '../../lib/commands/command-result.ts';
import { assertNever } from '../../lib/errors.ts';
import { artifactIdSchema } from '../../lib/ids.ts';
import { timestampSchema } from '../../lib/time.ts';

const at = timestampSchema;
const handle = { commandId: z.string(), attempt: z.int().positive() };

/** One line of the journal. */
const journalEntrySchema = z.discriminatedUnion('entry', [
  z.object({ entry: z.literal('started'), at, command: commandSchema }),
  z.object({ entry: z.literal('answered'), at, result: commandResultSchema }),
  z.object({ entry: z.literal('reported'), at, ...handle }),
  z.object({
    entry: z.literal('drain'),
    at,
    drainId: z.string(),
    epoch: z.int().positive(),
    drainUntil: timestampSchema,
  }),
  /** The inventory that was reported for the acknowledgement of this epoch. */
  z.object({
    entry: z.literal('acknowledged'),
    at,
    epoch: z.int().positive(),
    inventoryDigest: artifactIdSchema,
  }),
  z.object({ entry: z.literal('resumed'), at, epoch: z.int().positive() }),
]);
type JournalEntry = z.infer<typeof journalEntrySchema>;

interface CommandMemory {
  readonly command?: Command;
  readonly result?: CommandResult;
  readonly answeredAt?: string;
  readonly isReported: boolean;
}

interface DrainMemory {
  readonly drainId: string;
  readonly epoch: number;
  readonly drainUntil: string;
  /** Present once this node has acknowledged: nothing runs, and this inventory was reported since. */
  readonly inventoryDigest?: string;
}

interface JournalState {
  /** By `commandKey`, oldest first. */
  readonly commands: Map<string, CommandMemory>;
  drain: DrainMemory | undefined;
  /** Drains up to this epoch are over. */
  resumedEpoch: number;
}

/** One attempt of one command. */
const commandKey = ({
  commandId,
  attempt,
}: {
  readonly commandId: string;
  readonly attempt: number;
}): string => `${commandId}#${attempt}`;

const emptyState = (): JournalState => ({ commands: new Map(), drain: undefined, resumedEpoch: 0 });

/** Of two drains the one with the later epoch; of the same one, the later promise. */
const laterDrain = (
  known: DrainMemory | undefined,
  { drainId, epoch, drainUntil }: DrainMemory,
): DrainMemory => {
  if (known === undefined || epoch > known.epoch) return { drainId, epoch, drainUntil };
  if (epoch < known.epoch || drainUntil <= known.drainUntil) return known;
  return { ...known, drainUntil };
};

/** Adds what `entry` says to `state`. Entries may repeat. */
const applyEntry = (state: JournalState, entry: JournalEntry): void => {
  const { commands } = state;
  switch (entry.entry) {
    case 'started': {
      const key = commandKey(entry.command);
      commands.set(key, { isReported: false, ...commands.get(key), command: entry.command });
      return;
    }
    case 'answered': {
      const key = commandKey(entry.result);
      // The first answer stands.
      if (commands.get(key)?.result !== undefined) return;
      commands.set(key, {
        ...commands.get(key),
        result: entry.result,
        answeredAt: entry.at,
        isReported: false,
      });
      return;
    }
    case 'reported': {
      const key = commandKey(entry);
      const known = commands.get(key);
      if (known !== undefined) commands.set(key, { ...known, isReported: true });
      return;
    }
    case 'drain':
      state.drain = laterDrain(state.drain, entry);
      return;
    case 'acknowledged':
      if (state.drain?.epoch === entry.epoch) {
        state.drain = { ...state.drain, inventoryDigest: entry.inventoryDigest };
      }
      return;
    case 'resumed':
      state.resumedEpoch = Math.max(state.resumedEpoch, entry.epoch);
      return;
    default:
      assertNever(entry);
  }
};

/** SQS keeps no message longer than 14 days, so an older answer is never asked for again. */
const KEEP_ANSWERS_DAYS = 15;

/** The shortest journal that says the same, without answers that nobody can ask for any more. */
const compactEntries = (state: JournalState, now: Date): JournalEntry[] => {
  const oldest = new Date(now.getTime() - KEEP_ANSWERS_DAYS * 86_400_000).toISOString();
  const time = now.toISOString();
  const entries: JournalEntry[] = [];
  for (const { command, result, answeredAt = time, isReported } of state.commands.values()) {
    if (result === undefined) {
      if (command !== undefined) entries.push({ entry: 'started', at: time, command });
      continue;
    }
    if (isReported && answeredAt < oldest) continue;
    entries.push({ entry: 'answered', at: answeredAt, result });
    const { commandId, attempt } = result;
    if (isReported) entries.push({ entry: 'reported', at: answeredAt, commandId, attempt });
  }
  if (state.drain !== undefined) {
    const { inventoryDigest, ...drain } = state.drain;
    entries.push({ entry: 'drain', at: time, ...drain });
    if (inventoryDigest !== undefined) {
      entries.push({ entry: 'acknowledged', at: time, epoch: drain.epoch, inventoryDigest });
    }
  }
  if (state.resumedEpoch > 0) entries.push({ entry: 'resumed', at: time, epoch: state.resumedEpoch });
  return entries;
};

export type { CommandMemory, DrainMemory, JournalEntry, JournalState };
export { applyEntry, commandKey, compactEntries, emptyState, journalEntrySchema };
