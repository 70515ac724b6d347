import { createHash } from 'node:crypto';
import type { AuditStore } from '../audit/audit-row.ts';
import { throwCollected } from '../collected-errors.ts';
import type { Publisher } from '../events/publisher.ts';
import { holdSchema } from '../holds/hold.ts';
import type { HoldStore } from '../holds/hold-store.ts';
import { derivedId } from '../ids.ts';
import { addSeconds, type Clock, toTimestamp } from '../time.ts';
import type { Budget } from './budget.ts';
import type { BudgetStore } from './budget-store.ts';
import { type BudgetDecision, budgetPeriods, decideBudget } from './decide-budget.ts';
import { dayOf, monthOf } from './meter.ts';
import type { ProviderState } from './provider-state.ts';
import type { ProviderStateStore } from './provider-state-store.ts';

interface BudgetPorts {
  readonly budgets: BudgetStore;
  readonly states: Pick<ProviderStateStore, 'list'>;
  readonly holds: Pick<HoldStore, 'put'>;
  readonly publisher: Publisher;
  readonly audit: AuditStore;
  readonly clock: Clock;
  readonly actor: string;
}

const MARK_KEPT_SECONDS = 7 * 86_400;
/** No hold is for ever (lib/holds/put-hold.ts); a month may be a day longer. */
const MAX_HOLD_SECONDS = 30 * 86_400;

/** What the providers of the budget's scope spent in the running day and month, as of their last cycles. */
const spentIn = (budget: Budget, states: readonly ProviderState[], now: Date) => {
  const at = toTimestamp(now);
  const spends = states
    .filter(({ provider }) => budget.scope === 'fleet' || budget.scope === `provider:${provider}`)
    .flatMap(({ spend }) => (spend === undefined ? [] : [spend]));
  const sum = (values: readonly number[]): number => values.reduce((total, value) => total + value, 0);
  return {
    // A summary of yesterday says nothing about today.
    dayMicroUsd: sum(
      spends.filter(({ asOf }) => dayOf(asOf) === dayOf(at)).map(({ dayMicroUsd }) => dayMicroUsd),
    ),
    monthMicroUsd: sum(
      spends.filter(({ asOf }) => monthOf(asOf) === monthOf(at)).map(({ monthMicroUsd }) => monthMicroUsd),
    ),
    unpricedCount: sum(spends.map(({ unpricedCount }) => unpricedCount)),
  };
};

const usd = (microUsd: number): string => `$${(microUsd / 1_000_000).toFixed(2)}`;

/**
 * Does what a step asks for: each part has an id that follows from the budget, its period and its step, so that a repeat after
 * a crash does it again to the same effect.
 */
const raise = async (
  ports: BudgetPorts,
  { scope }: Budget,
  { reason, evidence }: BudgetDecision,
  unpricedCount: number,
): Promise<void> => {
  const { publisher, holds, audit, clock, actor } = ports;
  if (reason === 'within' || reason === 'said-already') return;
  const now = clock.now();
  const at = toTimestamp(now);
  const { period, limitMicroUsd, spentMicroUsd, endsAt } = evidence;
  const text = `budget of ${scope} for ${period}: ${usd(spentMicroUsd)} of ${usd(limitMicroUsd)} (${reason})`;
  await audit.record({
    auditId: derivedId('a', 'budget', scope, period, reason),
    subject: `budget:${scope}`,
    at,
    actor,
    action: 'raise-budget-step',
    reason,
    // What the step does: `warn` changes nothing.
    ...(reason === 'warn' ? {} : { after: { hold: reason, scope, until: endsAt } }),
    evidence: { ...evidence, unpricedCount },
  });
  if (reason !== 'warn') {
    const longest = toTimestamp(addSeconds(now, MAX_HOLD_SECONDS));
    await holds.put(
      holdSchema.parse({
        holdId: `h-${createHash('sha256')
          .update(JSON.stringify([scope, period, reason]))
          .digest('hex')
          .slice(0, 12)}`,
        kind: reason,
        scope,
        reason: text,
        setBy: actor,
        setAt: at,
        expiresAt: endsAt < longest ? endsAt : longest,
      }),
    );
  }
  await publisher.publish([
    {
      name: 'BudgetReached',
      eventId: derivedId('e', 'BudgetReached', scope, period, reason),
      occurredAt: at,
      fields: { scope, period, level: reason, spentMicroUsd, limitMicroUsd, unpricedCount },
    },
  ]);
};

interface BudgetOutcome {
  /** Limits of which at least 80 % is spent, whether that is new or not. */
  readonly reached: number;
}

/**
 * Holds spend against the budgets: warn → pause (a hold: no new work is made) → stop (a hold: no new lease). A person who releases
 * such a hold is not overruled in that period. Nothing is ever killed for money.
 * @throws TransientError with everything that failed: the next cycle tries again
 */
const enforceBudgets = async (ports: BudgetPorts): Promise<BudgetOutcome> => {
  const { budgets, states, clock } = ports;
  const known = await budgets.list();
  if (known.length === 0) return { reached: 0 };
  const now = clock.now();
  const providerStates = await states.list();
  const errors: unknown[] = [];
  let reached = 0;
  for (const budget of known) {
    const spent = spentIn(budget, providerStates, now);
    for (const period of budgetPeriods(budget, spent, now)) {
      try {
        const mark = await budgets.getMark(budget.scope, period.period);
        const decision = decideBudget(period, mark);
        if (decision.reason === 'within') continue;
        reached += 1;
        if (decision.reason === 'said-already') continue;
        await raise(ports, budget, decision, spent.unpricedCount);
        const expiresAt = addSeconds(new Date(period.endsAt), MARK_KEPT_SECONDS);
        // False: another provider's cycle said the same meanwhile.
        await budgets.putMark(budget.scope, period.period, decision.reason, mark?.revision, expiresAt);
      } catch (error) {
        errors.push(error);
      }
    }
  }
  throwCollected(errors, 'budgets could not be held in full');
  return { reached };
};

export type { BudgetOutcome, BudgetPorts };
export { enforceBudgets };
