import { frozen } from '../frozen.ts';
import { emptyLedger, type Ledger, ledgerSchema } from './ledger.ts';
import type { LedgerStore } from './ledger-store.ts';

/** LedgerStore in memory. Answers are frozen, so that nobody can change what is stored. */
const createMemoryLedgerStore = (): LedgerStore => {
  const ledgers = new Map<string, Ledger>();
  return {
    get: async (provider, kind) => ledgers.get(`${provider}#${kind}`) ?? frozen(emptyLedger),
    put: async (provider, kind, ledger) => {
      const key = `${provider}#${kind}`;
      if ((ledgers.get(key)?.revision ?? 0) !== ledger.revision) return false;
      ledgers.set(key, frozen(ledgerSchema.parse({ ...ledger, revision: ledger.revision + 1 })));
      return true;
    },
  };
};

export { createMemoryLedgerStore };
