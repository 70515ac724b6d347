import * as z from 'zod';

/** `fleet` or `provider:<key>`. */
const budgetScopeSchema = z
  .string()
  .regex(/^(fleet|provider:(lambda-labs|vast|runpod))$/, 'a budget is for fleet or provider:<key>');

/** What may be spent per day and month (UTC). At least one of them. */
const budgetSchema = z.object({
  scope: budgetScopeSchema,
  dayMicroUsd: z.int().positive().optional(),
  monthMicroUsd: z.int().positive().optional(),
  revision: z.int().positive(),
});
type Budget = z.infer<typeof budgetSchema>;
type NextBudget = Omit<Budget, 'revision'>;

const budgetLevelSchema = z.enum(['warn', 'pause', 'stop']);
type BudgetLevel = z.infer<typeof budgetLevelSchema>;

/** The step that a budget has reached in one period. */
const budgetMarkSchema = z.object({ level: budgetLevelSchema, revision: z.int().positive() });
type BudgetMark = z.infer<typeof budgetMarkSchema>;

export type { Budget, BudgetLevel, BudgetMark, NextBudget };
export { budgetLevelSchema, budgetMarkSchema, budgetSchema, budgetScopeSchema };
