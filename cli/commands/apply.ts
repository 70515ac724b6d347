import type { Command } from 'commander';
import * as z from 'zod';
import { ConfigError } from '../../lib/config/config-error.ts';
import type { FleetConfig } from '../../lib/config/fleet-config.ts';
import { readFleetYaml } from '../../lib/config/read-fleet-yaml.ts';
import { PermanentError } from '../../lib/errors.ts';
import { changeConfig } from '../change-config.ts';
import { type CommandHost, defineCommand } from '../command.ts';
import type { Session } from '../context.ts';
import { UsageError } from '../exit.ts';

const inputSchema = z.object({
  file: z.string().min(1),
  reason: z.string().min(1).max(500).optional(),
  dryRun: z.boolean().default(false),
  yes: z.boolean().default(false),
});

/** People get a line per problem, scripts all of them in the one message. */
const readFile = async ({ io, screen }: Session, file: string): Promise<FleetConfig> => {
  let text: string;
  try {
    text = await io.readFile(file);
  } catch (error) {
    throw new UsageError(`${file} cannot be read: ${error instanceof Error ? error.message : error}`, {
      cause: error,
    });
  }
  try {
    return readFleetYaml(text, file);
  } catch (error) {
    if (!(error instanceof ConfigError) || screen.json) throw error;
    for (const problem of error.problems) screen.note(problem);
    throw new PermanentError(error.summary, { cause: error });
  }
};

const apply = async (input: z.infer<typeof inputSchema>, session: Session): Promise<void> => {
  const config = await readFile(session, input.file);
  await changeConfig(session, {
    edit: () => config,
    reason: input.reason ?? `drover apply ${input.file}`,
    ask: 'always',
    yes: input.yes,
    dryRun: input.dryRun,
  });
};

const addApplyCommand = (program: Command, host: CommandHost): void =>
  defineCommand(program, host, {
    usage: 'apply <file>',
    description: 'Show how fleet.yaml differs from what holds, ask, and make it hold',
    options: [
      { flags: '--dry-run', description: 'only show the difference' },
      { flags: '--reason <text>', description: 'why: it stands in the history' },
      { flags: '--yes', description: 'do not ask' },
    ],
    input: inputSchema,
    examples: ['drover apply fleet.yaml', 'drover apply fleet.yaml --dry-run'],
    run: apply,
  });

export { addApplyCommand };
