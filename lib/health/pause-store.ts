import type { NextPause, Pause } from './pause.ts';

interface PauseStore {
  /** Strongly consistent. */
  get(): Promise<Pause | undefined>;
  /** Writes the pause if its revision is still `expectedRevision` (undefined: if there is none); false when another was faster. */
  put(pause: NextPause, expectedRevision: number | undefined): Promise<boolean>;
}

export type { PauseStore };
