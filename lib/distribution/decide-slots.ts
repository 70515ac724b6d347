import { toTimestamp } from '../time.ts';

/** The holders of transfer slots: commandId → when the slot expires by itself. */
type SlotHolders = Readonly<Record<string, string>>;

/** Who holds a slot after `wanted` were served in order: the expired ones are dropped, holders keep theirs. Pure. */
const decideSlots = (
  holders: SlotHolders,
  wanted: readonly string[],
  limit: number,
  expiresAt: Date,
  now: Date,
): { readonly next: SlotHolders; readonly granted: string[]; readonly changed: boolean } => {
  const live = Object.entries(holders).filter(([, expiry]) => expiry > toTimestamp(now));
  const next = new Map(live);
  for (const holder of wanted) {
    if (!next.has(holder) && next.size < limit) next.set(holder, toTimestamp(expiresAt));
  }
  const changed = next.size !== live.length || live.length !== Object.keys(holders).length;
  return {
    next: Object.fromEntries(next),
    granted: wanted.filter((holder) => next.has(holder)),
    changed,
  };
};

export type { SlotHolders };
export { decideSlots };
