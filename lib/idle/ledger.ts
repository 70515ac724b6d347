import * as z from 'zod';
import { nodeIdSchema } from '../ids.ts';
import { addSeconds, timestampSchema, toTimestamp } from '../time.ts';

/** Terminations count against the daily cap this long. */
const WINDOW_SECONDS = 86_400;

/**
 * One provider's terminations: a drain takes its slot here, by one conditional write on the whole item, before it begins, so that
 * overlapping runs cannot both go (invariant 4).
 */
const ledgerSchema = z.object({
  /** Drains that may end in a termination, by drainId. */
  pending: z.record(
    z.string(),
    z.object({ nodeId: nodeIdSchema, group: z.string(), takenAt: timestampSchema }),
  ),
  /** Of the last 24 hours, oldest first. */
  terminations: z.array(z.object({ terminationId: z.string(), nodeId: nodeIdSchema, at: timestampSchema })),
  revision: z.int().nonnegative(),
});
type Ledger = z.infer<typeof ledgerSchema>;
type Slot = Ledger['pending'][string];

const emptyLedger: Ledger = { pending: {}, terminations: [], revision: 0 };

/** Without what the window has left behind. */
const pruned = (ledger: Ledger, now: Date): Ledger => {
  if (ledger.terminations.length === 0) return ledger;
  const oldest = toTimestamp(addSeconds(now, -WINDOW_SECONDS));
  if (ledger.terminations.every(({ at }) => at > oldest)) return ledger;
  return { ...ledger, terminations: ledger.terminations.filter(({ at }) => at > oldest) };
};

const withSlot = (ledger: Ledger, drainId: string, slot: Slot, now: Date): Ledger => ({
  ...pruned(ledger, now),
  pending: { ...ledger.pending, [drainId]: slot },
});

const withoutSlots = (ledger: Ledger, drainIds: readonly string[], now: Date): Ledger => ({
  ...pruned(ledger, now),
  pending: Object.fromEntries(Object.entries(ledger.pending).filter(([id]) => !drainIds.includes(id))),
});

/** A termination that was counted and then not begun holds its drain's slot as well. */
const hasSlot = ({ pending, terminations }: Ledger, drainId: string): boolean =>
  Object.hasOwn(pending, drainId) || terminations.some(({ terminationId }) => terminationId === drainId);

/** The slot becomes a termination, the latest of the window; a repeat counts once. */
const withTermination = (ledger: Ledger, terminationId: string, nodeId: string, now: Date): Ledger => {
  const { pending, terminations, revision } = withoutSlots(ledger, [terminationId], now);
  const others = terminations.filter((one) => one.terminationId !== terminationId);
  return { pending, terminations: [...others, { terminationId, nodeId, at: toTimestamp(now) }], revision };
};

/** Without terminations that were taken back: nothing ended. */
const withoutTerminations = (ledger: Ledger, terminationIds: ReadonlySet<string>): Ledger => ({
  ...ledger,
  terminations: ledger.terminations.filter(({ terminationId }) => !terminationIds.has(terminationId)),
});

/** When a slot was last taken or a termination last begun; undefined when neither is known. */
const lastAct = ({ pending, terminations }: Ledger, exceptId?: string): string | undefined => {
  let last: string | undefined;
  const note = (id: string, at: string): void => {
    if (id !== exceptId && (last === undefined || at > last)) last = at;
  };
  for (const [id, { takenAt }] of Object.entries(pending)) note(id, takenAt);
  for (const { terminationId, at } of terminations) note(terminationId, at);
  return last;
};

export type { Ledger, Slot };
export {
  emptyLedger,
  hasSlot,
  lastAct,
  ledgerSchema,
  pruned,
  WINDOW_SECONDS,
  withoutSlots,
  withoutTerminations,
  withSlot,
  withTermination,
};
