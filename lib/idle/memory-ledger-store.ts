import { emptyLedger, type Ledger, ledgerSchema } from './ledger.ts';
import type { LedgerStore } from './ledger-store.ts';

/** LedgerStore in memory. */
const createMemoryLedgerStore = (): LedgerStore => {
  const ledgers = new Map<string, Ledger>();
  return {
    get: async (provider, kind) => structuredClone(ledgers.get(`${provider}#${kind}`) ?? emptyLedger),
    put: async (provider, kind, ledger) => {
      const key = `${provider}#${kind}`;
      if ((ledgers.get(key)?.revision ?? 0) !== ledger.revision) return false;
      ledgers.set(key, ledgerSchema.parse({ ...structuredClone(ledger), revision: ledger.revision + 1 }));
      return true;
    },
  };
};

export { createMemoryLedgerStore };
