import type { Brake, NextBrake } from './brake.ts';

interface BrakeStore {
  /** Strongly consistent. */
  get(): Promise<Brake | undefined>;
  /** Writes the brake if its revision is still `expectedRevision` (undefined: if there is none); false when another was faster. */
  put(brake: NextBrake, expectedRevision: number | undefined): Promise<boolean>;
}

export type { BrakeStore };
