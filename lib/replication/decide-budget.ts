import { secondsSince, toTimestamp } from '../time.ts';
import type { NextLedger, Repair, RepairLedger } from './repair-ledger.ts';
import type { RepairPolicy } from './replication-policy.ts';

type BudgetPolicy = Pick<RepairPolicy, 'repairsPerHour' | 'repairsPerNode'>;

/** A fifth of the hour's repairs may begin at once, the rest is refilled: so no 60 minutes see more than the budget. */
const BURST_SHARE = 0.2;
const HOUR_SECONDS = 3600;
/** One item holds them all: so many fit far below its 400 kB. */
const MAX_RUNNING = 1000;

interface BudgetDecision {
  readonly next: NextLedger;
  readonly granted: readonly Repair[];
  readonly refused: readonly { readonly repair: Repair; readonly reason: BudgetRefusal }[];
}
type BudgetRefusal = 'budget-used-up' | 'node-busy' | 'already-running' | 'fleet-busy';

const burstOf = ({ repairsPerHour }: BudgetPolicy): number => Math.floor(repairsPerHour * BURST_SHARE);

/** Tokens as of `now`; a clock that went back refills nothing. */
const tokensAt = (ledger: RepairLedger | undefined, policy: BudgetPolicy, now: Date): number => {
  const burst = burstOf(policy);
  if (ledger === undefined) return burst;
  const elapsed = Math.max(0, secondsSince(ledger.refilledAt, now));
  const perSecond = (policy.repairsPerHour - burst) / HOUR_SECONDS;
  return Math.min(burst, ledger.tokens + elapsed * perSecond);
};

const nameOf = ({ artifactId, action, nodeId }: Repair): string => `${artifactId}/${action}/${nodeId}`;

/** What runs, countable without a look at all of it. */
class Running {
  readonly byId: Record<string, Repair>;
  readonly #names = new Set<string>();
  readonly #perNode = new Map<string, number>();
  #count = 0;

  constructor(running: Readonly<Record<string, Repair>>) {
    this.byId = {};
    for (const repair of Object.values(running)) this.add(repair);
  }

  add(repair: Repair): void {
    this.byId[repair.repairId] = repair;
    this.#names.add(nameOf(repair));
    this.#perNode.set(repair.nodeId, (this.#perNode.get(repair.nodeId) ?? 0) + 1);
    this.#count += 1;
  }

  whyRefused(repair: Repair, tokens: number, policy: BudgetPolicy): BudgetRefusal | undefined {
    if (this.#names.has(nameOf(repair))) return 'already-running';
    if (tokens < 1) return 'budget-used-up';
    if ((this.#perNode.get(repair.nodeId) ?? 0) >= policy.repairsPerNode) return 'node-busy';
    return this.#count >= MAX_RUNNING ? 'fleet-busy' : undefined;
  }
}

/** Who of `wanted`, in order, may begin: by the fleet's budget, each node's limit, and what runs already. Pure. */
const decideBudget = (
  ledger: RepairLedger | undefined,
  wanted: readonly Repair[],
  policy: BudgetPolicy,
  now: Date,
): BudgetDecision => {
  let tokens = tokensAt(ledger, policy, now);
  const running = new Running(ledger?.running ?? {});
  const granted: Repair[] = [];
  const refused: { repair: Repair; reason: BudgetRefusal }[] = [];
  for (const repair of wanted) {
    const reason = running.whyRefused(repair, tokens, policy);
    if (reason !== undefined) {
      refused.push({ repair, reason });
      continue;
    }
    tokens -= 1;
    running.add(repair);
    granted.push(repair);
  }
  const at = toTimestamp(now);
  const last = ledger?.refilledAt ?? at;
  const next = {
    tokens,
    refilledAt: last > at ? last : at,
    running: running.byId,
    outcomes: ledger?.outcomes ?? [],
  };
  return { next, granted, refused };
};

interface Ended {
  readonly repairId: string;
  /** `cancelled`: it was never begun, because something changed first. */
  readonly how: 'succeeded' | 'failed' | 'cancelled';
}

/** The ledger without the repairs that ended, which count for their hour. One that is not in it counts no second time. Pure. */
const withoutEnded = (ledger: RepairLedger, ended: readonly Ended[], now: Date): NextLedger => {
  const hour = toTimestamp(now).slice(0, 13);
  const running = { ...ledger.running };
  const counts = ledger.outcomes.find((each) => each.hour === hour) ?? { hour, succeeded: 0, failed: 0 };
  let { succeeded, failed } = counts;
  for (const { repairId, how } of ended) {
    if (running[repairId] === undefined) continue;
    delete running[repairId];
    if (how === 'succeeded') succeeded += 1;
    if (how === 'failed') failed += 1;
  }
  const before = ledger.outcomes.filter((each) => each.hour < hour).slice(-1);
  const { tokens, refilledAt } = ledger;
  return { tokens, refilledAt, running, outcomes: [...before, { hour, succeeded, failed }] };
};

export type { BudgetDecision, BudgetPolicy, BudgetRefusal, Ended };
export { burstOf, decideBudget, tokensAt, withoutEnded };
