import { decideSlots, type SlotHolders } from './decide-slots.ts';
import type { TransferSlots } from './transfer-slots.ts';

interface MemoryTransferSlots extends TransferSlots {
  /** Who holds a slot, the expired ones included. */
  holders(): SlotHolders;
}

/** TransferSlots in memory. */
const createMemoryTransferSlots = (): MemoryTransferSlots => {
  let held: SlotHolders = {};
  return {
    holders: () => held,
    acquire: async (wanted, limit, expiresAt, now) => {
      const { next, granted } = decideSlots(held, wanted, limit, expiresAt, now);
      held = next;
      return granted;
    },
    release: async (released) => {
      held = Object.fromEntries(Object.entries(held).filter(([holder]) => !released.includes(holder)));
    },
  };
};

export type { MemoryTransferSlots };
export { createMemoryTransferSlots };
