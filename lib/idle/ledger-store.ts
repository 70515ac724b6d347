import type { Provider as ProviderKey } from '../nodes/node.ts';
import type { Ledger } from './ledger.ts';

/** `real` for drains that end instances, `shadow` for those that only would. */
type LedgerKind = 'real' | 'shadow';

interface LedgerStore {
  /** Strongly consistent; an empty one when nothing was ever written. @throws InvariantError when it cannot be read as a ledger */
  get(provider: ProviderKey, kind: LedgerKind): Promise<Ledger>;
  /** Writes it if its revision is still `ledger.revision`; false when another was faster. */
  put(provider: ProviderKey, kind: LedgerKind, ledger: Ledger): Promise<boolean>;
}

export type { LedgerKind, LedgerStore };
