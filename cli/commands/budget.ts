import type { Command } from 'commander';
import * as z from 'zod';
import { PermanentError } from '../../lib/errors.ts';
import { budgetScopeSchema } from '../../lib/providers/budget.ts';
import { type CommandHost, defineCommand } from '../command.ts';
import type { Session } from '../context.ts';
import { UsageError } from '../exit.ts';
import { formatUsd } from '../output/usd.ts';

const MICRO_USD_PER_CENT = 10_000;

/** `50` or `49.90` dollars → micro-dollars, without a float on the way. */
const usdSchema = z
  .string()
  .regex(/^\d{1,7}(\.\d{1,2})?$/, 'write dollars as 50 or 49.90')
  .transform((text) => {
    const [dollars = '0', cents = ''] = text.split('.');
    return (Number(dollars) * 100 + Number(cents.padEnd(2, '0'))) * MICRO_USD_PER_CENT;
  })
  .refine((microUsd) => microUsd > 0, 'a budget is more than 0');

const setSchema = z.object({
  scope: budgetScopeSchema,
  perDay: usdSchema.optional(),
  perMonth: usdSchema.optional(),
});

const setBudget = async (input: z.infer<typeof setSchema>, session: Session): Promise<void> => {
  const { scope, perDay, perMonth } = input;
  if (perDay === undefined && perMonth === undefined)
    throw new UsageError('a budget needs --per-day, --per-month, or both');
  const { stores, audit } = await session.connect();
  const known = (await stores.budgets.list()).find((budget) => budget.scope === scope);
  const budget = {
    scope,
    ...(perDay === undefined ? {} : { dayMicroUsd: perDay }),
    ...(perMonth === undefined ? {} : { monthMicroUsd: perMonth }),
  };
  await audit({
    subject: `budget:${scope}`,
    action: 'set-budget',
    reason: 'drover budget set',
    ...(known === undefined ? {} : { before: known }),
    after: budget,
  });
  if (!(await stores.budgets.put(budget, known?.revision)))
    throw new PermanentError(
      `the budget of ${scope} changed meanwhile: look at it with \`drover budget show\``,
    );
  session.screen.show(
    { budget },
    () => `The budget of ${scope} is set. Warning at 80 %, pause at 100 %, stop at 120 %.`,
  );
};

const showBudgets = async (_: object, session: Session): Promise<void> => {
  const { stores } = await session.connect();
  const budgets = await stores.budgets.list();
  const shown = (microUsd: number | undefined): string => (microUsd === undefined ? '' : formatUsd(microUsd));
  session.screen.show({ budgets }, () =>
    budgets.length === 0
      ? 'There is no budget.'
      : session.screen.table(
          ['SCOPE', 'PER DAY', 'PER MONTH'],
          budgets.map(({ scope, dayMicroUsd, monthMicroUsd }) => [
            scope,
            shown(dayMicroUsd),
            shown(monthMicroUsd),
          ]),
        ),
  );
};

const addBudgetCommands = (program: Command, host: CommandHost): void => {
  const budget = program.command('budget').description('What may be spent per day and month (UTC)');
  defineCommand(budget, host, {
    usage: 'set',
    description: 'Set the budget of a scope; what is not given has no limit. Money never ends an instance',
    options: [
      { flags: '--scope <scope>', description: 'fleet or provider:<key>', default: 'fleet' },
      { flags: '--per-day <usd>', description: 'dollars per day' },
      { flags: '--per-month <usd>', description: 'dollars per month' },
    ],
    input: setSchema,
    examples: [
      'drover budget set --per-day 50 --per-month 1000',
      'drover budget set --scope provider:vast --per-day 20',
    ],
    run: setBudget,
  });
  defineCommand(budget, host, {
    usage: 'show',
    description: 'All budgets',
    input: z.object({}),
    examples: ['drover budget show'],
    run: showBudgets,
  });
};

export { addBudgetCommands };
