import type { Hold } from './hold.ts';

interface HoldStore {
  put(hold: Hold): Promise<void>;
  /** All holds, strongly consistent, every page or an error. The expired ones are left out. */
  listLive(now: Date): Promise<Hold[]>;
  /** False when there is no such hold. */
  release(holdId: string): Promise<boolean>;
}

export type { HoldStore };
