import { TransientError } from '../errors.ts';
import {
  type BudgetDecision,
  type BudgetPolicy,
  decideBudget,
  type Ended,
  withoutEnded,
} from './decide-budget.ts';
import type { Repair } from './repair-ledger.ts';
import type { ReplicationStore } from './replication-store.ts';

type LedgerStore = Pick<ReplicationStore, 'ledger' | 'putLedger'>;

const MAX_TRIES = 20;

/**
 * Takes from the fleet's budget for as many of `wanted` as it has, in order. Exact whoever else does so at the same time: the ledger is
 * one item, and each write holds only for the one that was read.
 * @throws TransientError after 20 lost races
 */
const beginRepairs = async (
  store: LedgerStore,
  wanted: readonly Repair[],
  policy: BudgetPolicy,
  now: Date,
): Promise<Pick<BudgetDecision, 'granted' | 'refused'>> => {
  for (let tries = 0; tries < MAX_TRIES; tries += 1) {
    const ledger = await store.ledger();
    const { next, granted, refused } = decideBudget(ledger, wanted, policy, now);
    if (granted.length === 0 || (await store.putLedger(next, ledger?.revision))) return { granted, refused };
  }
  throw new TransientError(
    `the ledger of repairs changed ${MAX_TRIES} times while some were begun; try again`,
  );
};

/** Frees the places of repairs that ended; harmless when repeated. @throws TransientError after 20 lost races */
const endRepairs = async (store: LedgerStore, ended: readonly Ended[], now: Date): Promise<void> => {
  for (let tries = 0; tries < MAX_TRIES; tries += 1) {
    const ledger = await store.ledger();
    if (ledger === undefined || !ended.some(({ repairId }) => ledger.running[repairId] !== undefined)) return;
    if (await store.putLedger(withoutEnded(ledger, ended, now), ledger.revision)) return;
  }
  throw new TransientError(
    `the ledger of repairs changed ${MAX_TRIES} times while some were ended; try again`,
  );
};

export { beginRepairs, endRepairs };
