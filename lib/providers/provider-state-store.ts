import type { Provider as ProviderKey } from '../nodes/node.ts';
import type { NextProviderState, ProviderState } from './provider-state.ts';

/** What is done to one provider at a time. */
type ProviderJob = 'reconcile' | 'idle';

/** How each provider stands, and whose turn it is to ask it. */
interface ProviderStateStore {
  /** Strongly consistent. */
  get(provider: ProviderKey): Promise<ProviderState | undefined>;
  list(): Promise<ProviderState[]>;
  /** Writes the state if its revision is still `expectedRevision` (undefined: if there is none); false when another was faster. */
  put(state: NextProviderState, expectedRevision: number | undefined): Promise<boolean>;
  /** One cycle at a time per job and provider: false while another holder's lease runs. It ends by itself. */
  takeLease(
    job: ProviderJob,
    provider: ProviderKey,
    holder: string,
    now: Date,
    until: Date,
  ): Promise<boolean>;
  releaseLease(job: ProviderJob, provider: ProviderKey, holder: string): Promise<void>;
}

export type { ProviderJob, ProviderStateStore };
