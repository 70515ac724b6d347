import type { Provider as ProviderKey } from '../nodes/node.ts';
import type { Pace } from './pace.ts';

/** The paces of a provider's rate limits: one item each, decided by conditional writes, shared by all functions. */
interface PaceStore {
  /** Strongly consistent. */
  get(provider: ProviderKey, bucket: string): Promise<Pace | undefined>;
  /** Writes the pace if its revision is still `expectedRevision` (undefined: if there is none); false when another was faster. */
  put(
    provider: ProviderKey,
    bucket: string,
    pace: Omit<Pace, 'revision'>,
    expectedRevision: number | undefined,
  ): Promise<boolean>;
  list(provider: ProviderKey): Promise<{ readonly bucket: string; readonly pace: Pace }[]>;
}

export type { PaceStore };
