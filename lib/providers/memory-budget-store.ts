import type { Budget, BudgetMark } from './budget.ts';
import type { BudgetStore } from './budget-store.ts';

/** BudgetStore in memory. */
const createMemoryBudgetStore = (): BudgetStore => {
  const budgets = new Map<string, Budget>();
  const marks = new Map<string, BudgetMark>();
  return {
    list: async () => [...budgets.values()].map((budget) => structuredClone(budget)),
    put: async (budget, expectedRevision) => {
      if (budgets.get(budget.scope)?.revision !== expectedRevision) return false;
      budgets.set(budget.scope, { ...budget, revision: (expectedRevision ?? 0) + 1 });
      return true;
    },
    getMark: async (scope, period) => structuredClone(marks.get(`${scope}#${period}`)),
    putMark: async (scope, period, level, expectedRevision) => {
      const key = `${scope}#${period}`;
      if (marks.get(key)?.revision !== expectedRevision) return false;
      marks.set(key, { level, revision: (expectedRevision ?? 0) + 1 });
      return true;
    },
  };
};

export { createMemoryBudgetStore };
