import type { Budget, BudgetMark, NextBudget } from './budget.ts';

/** What may be spent, and which steps were reached. */
interface BudgetStore {
  list(): Promise<Budget[]>;
  /** Writes the budget if its revision is still `expectedRevision` (undefined: if there is none). */
  put(budget: NextBudget, expectedRevision: number | undefined): Promise<boolean>;
  getMark(scope: string, period: string): Promise<BudgetMark | undefined>;
  /** Notes the step reached, with the same condition. */
  putMark(
    scope: string,
    period: string,
    level: BudgetMark['level'],
    expectedRevision: number | undefined,
    expiresAt: Date,
  ): Promise<boolean>;
}

export type { BudgetStore };
