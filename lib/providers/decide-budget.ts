import { addSeconds, toTimestamp } from '../time.ts';
import type { Budget, BudgetLevel, BudgetMark } from './budget.ts';
import { dayOf, monthOf, nextMonthStart } from './meter.ts';

/** Steps in percent of the limit. */
const STEPS: readonly { readonly level: BudgetLevel; readonly percent: number }[] = [
  { level: 'stop', percent: 120 },
  { level: 'pause', percent: 100 },
  { level: 'warn', percent: 80 },
];
const RANK: Readonly<Record<BudgetLevel, number>> = { warn: 1, pause: 2, stop: 3 };
const DAY_SECONDS = 86_400;

/** One limit in one period. */
interface BudgetPeriod {
  /** `2026-11-23` or `2026-11`. */
  readonly period: string;
  readonly limitMicroUsd: number;
  readonly spentMicroUsd: number;
  readonly endsAt: string;
}

interface BudgetDecision {
  readonly action: 'raise' | 'none';
  readonly reason: BudgetLevel | 'within' | 'said-already';
  readonly evidence: BudgetPeriod;
}

/** The limits of a budget with what was spent in their periods. */
const budgetPeriods = (
  budget: Pick<Budget, 'dayMicroUsd' | 'monthMicroUsd'>,
  spent: { readonly dayMicroUsd: number; readonly monthMicroUsd: number },
  now: Date,
): BudgetPeriod[] => {
  const at = toTimestamp(now);
  const nextDay = `${dayOf(toTimestamp(addSeconds(now, DAY_SECONDS)))}T00:00:00.000Z`;
  return [
    ...(budget.dayMicroUsd === undefined
      ? []
      : [
          {
            period: dayOf(at),
            limitMicroUsd: budget.dayMicroUsd,
            spentMicroUsd: spent.dayMicroUsd,
            endsAt: nextDay,
          },
        ]),
    ...(budget.monthMicroUsd === undefined
      ? []
      : [
          {
            period: monthOf(at),
            limitMicroUsd: budget.monthMicroUsd,
            spentMicroUsd: spent.monthMicroUsd,
            endsAt: nextMonthStart(at),
          },
        ]),
  ];
};

/** Whether spend reached a further step: warn at 80 %, pause at 100 %, stop at 120 %. Each once per period; never a kill. Pure. */
const decideBudget = (evidence: BudgetPeriod, mark: BudgetMark | undefined): BudgetDecision => {
  const { spentMicroUsd, limitMicroUsd } = evidence;
  const step = STEPS.find(({ percent }) => spentMicroUsd * 100 >= limitMicroUsd * percent);
  if (step === undefined) return { action: 'none', reason: 'within', evidence };
  return mark !== undefined && RANK[mark.level] >= RANK[step.level]
    ? { action: 'none', reason: 'said-already', evidence }
    : { action: 'raise', reason: step.level, evidence };
};

export type { BudgetDecision, BudgetPeriod };
export { budgetPeriods, decideBudget };
