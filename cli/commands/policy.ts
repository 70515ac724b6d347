import type { Command } from 'commander';
import * as z from 'zod';
import { setPolicy, unsetPolicy } from '../../lib/config/set-policy.ts';
import { asUsage } from '../as-usage.ts';
import { changeConfig } from '../change-config.ts';
import { type CommandHost, defineCommand } from '../command.ts';
import type { Session } from '../context.ts';
import { wholeNumberSchema } from '../whole-number.ts';
import { policyShowSchema, showPolicy } from './policy-show.ts';

const reasonSchema = z.string().min(1).max(500);
const setSchema = z.object({
  path: z.string().min(1),
  value: z.string(),
  reason: reasonSchema,
  yes: z.boolean().default(false),
});
const unsetSchema = setSchema.omit({ value: true });

const set = (input: z.infer<typeof setSchema>, session: Session): Promise<void> =>
  changeConfig(session, {
    edit: (config) => asUsage(() => setPolicy(config, input.path, input.value)),
    reason: input.reason,
    ask: 'danger',
    yes: input.yes,
  });

const unset = (input: z.infer<typeof unsetSchema>, session: Session): Promise<void> =>
  changeConfig(session, {
    edit: (config) => asUsage(() => unsetPolicy(config, input.path)),
    reason: input.reason,
    ask: 'danger',
    yes: input.yes,
  });

const historySchema = z.object({ limit: wholeNumberSchema(1, 1000) });

const showHistory = async ({ limit }: z.infer<typeof historySchema>, session: Session): Promise<void> => {
  const { stores } = await session.connect();
  const versions = await stores.configs.list(limit);
  session.screen.show({ versions }, () =>
    versions.length === 0
      ? 'Nothing was ever applied: every default holds.'
      : session.screen.table(
          ['VERSION', 'APPLIED', 'BY', 'REASON'],
          versions.map(({ version, appliedAt, appliedBy, reason }) => [
            String(version),
            appliedAt,
            appliedBy,
            reason,
          ]),
        ),
  );
};

const changeOptions = [
  { flags: '--reason <text>', description: 'why: it stands in the history' },
  { flags: '--yes', description: 'do not ask, also when instances or files can be lost by it' },
];

const addPolicyCommands = (program: Command, host: CommandHost): void => {
  const policy = program.command('policy').description('What holds of fleet.yaml, and small changes to it');
  defineCommand(policy, host, {
    usage: 'show [path]',
    description: 'What is written, or with --effective what holds for one node and where it comes from',
    options: [
      { flags: '--effective <nodeId>', description: 'every idle setting of this node' },
      { flags: '--at <version>', description: 'an earlier version' },
    ],
    input: policyShowSchema,
    examples: [
      'drover policy show',
      'drover policy show idle.providers.vast',
      'drover policy show --effective n-0123456789ab',
    ],
    run: showPolicy,
  });
  defineCommand(policy, host, {
    usage: 'set <path> <value>',
    description: 'Set one place; the value is YAML (needs --reason)',
    options: changeOptions,
    input: setSchema,
    examples: [
      'drover policy set idle.providers.vast.retain 2 --reason "demo on Friday"',
      'drover policy set idle.roles.trainer.exempt true --reason "a long run"',
    ],
    run: set,
  });
  defineCommand(policy, host, {
    usage: 'unset <path>',
    description: 'Take away what is written at one place (needs --reason)',
    options: changeOptions,
    input: unsetSchema,
    examples: ['drover policy unset idle.providers.vast.retain --reason "the demo is over"'],
    run: unset,
  });
  defineCommand(policy, host, {
    usage: 'history',
    description: 'Every version that was applied, by whom and why',
    options: [{ flags: '--limit <count>', description: 'so many, the newest first', default: '20' }],
    input: historySchema,
    examples: ['drover policy history', 'drover policy history --limit 5 --json'],
    run: showHistory,
  });
};

export { addPolicyCommands };
