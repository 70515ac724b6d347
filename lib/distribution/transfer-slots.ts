/** The fleet-wide limit of concurrent transfers, exact: one control item, taken and freed by conditional writes. A slot expires by itself. */
interface TransferSlots {
  /** Takes slots for as many of `holders` as there is room for, in order; a holder that has one keeps it. Returns those that hold one now. */
  acquire(holders: readonly string[], limit: number, expiresAt: Date, now: Date): Promise<string[]>;
  release(holders: readonly string[]): Promise<void>;
}

export type { TransferSlots };
