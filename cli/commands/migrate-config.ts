import { readFile, writeFile } from 'node:fs/promises';
import { resolve } from 'node:path';
import type { Command } from 'commander';
import * as z from 'zod';
import { ConfigError } from '../../lib/config/config-error.ts';
import { PermanentError } from '../../lib/errors.ts';
import { convertConfig } from '../../lib/migration/config/convert-config.ts';
import { convertEnv } from '../../lib/migration/config/convert-env.ts';
import type { Conversion } from '../../lib/migration/config/finish-conversion.ts';
import { renderFleetYaml, renderLeftovers } from '../../lib/migration/config/render-conversion.ts';
import { decodeSource } from '../../lib/migration/scan/decode-source.ts';
import { type CommandHost, defineCommand } from '../command.ts';
import type { Session } from '../context.ts';
import { UsageError } from '../exit.ts';

const configInputSchema = z.object({
  hosts: z.string().min(1),
  others: z.array(z.string().min(1)).default([]),
  to: z.string().min(1).optional(),
  force: z.boolean().default(false),
});
const envInputSchema = z.object({
  from: z.string().min(1).optional(),
  to: z.string().min(1).optional(),
  force: z.boolean().default(false),
});

const STANDARD_INPUT = '-';

const messageOf = (error: unknown): string => (error instanceof Error ? error.message : String(error));

const readOld = async ({ io }: Session, file: string): Promise<string> => {
  if (file === STANDARD_INPUT) return io.readSecret('NAME=value: ');
  try {
    return decodeSource(await readFile(resolve(io.workingFolder, file)));
  } catch (error) {
    throw new UsageError(`${file} cannot be read: ${messageOf(error)}`, { cause: error });
  }
};

/** People get a line per problem, scripts all of them in the one message. */
const converting = ({ screen }: Session, convert: () => Conversion): Conversion => {
  try {
    return convert();
  } catch (error) {
    if (!(error instanceof ConfigError) || screen.json) throw error;
    for (const problem of error.problems) screen.note(problem);
    throw new PermanentError(error.summary, { cause: error });
  }
};

/** Written only where nothing is yet: a fleet.yaml that somebody cares for is not replaced by chance. */
const writeNew = async (path: string, content: string, force: boolean): Promise<void> => {
  try {
    await writeFile(path, content, { flag: force ? 'w' : 'wx' });
  } catch (error) {
    throw new PermanentError(`${path} was not written: ${messageOf(error)}; --force replaces a file`, {
      cause: error,
    });
  }
};

const show = async (
  conversion: Conversion,
  madeFrom: string,
  { to, force }: { to?: string | undefined; force: boolean },
  { io, screen }: Session,
): Promise<void> => {
  const yaml = renderFleetYaml(conversion, madeFrom);
  if (to !== undefined) await writeNew(resolve(io.workingFolder, to), yaml, force);
  const leftovers = renderLeftovers(conversion.leftovers);
  if (leftovers !== '') screen.note(leftovers);
  screen.show({ ...conversion, ...(to === undefined ? { yaml } : { to }) }, () =>
    to === undefined ? yaml.trimEnd() : `Wrote ${to}. Look through it, then: drover apply ${to}`,
  );
};

const migrateConfig = async (
  { hosts, others, ...target }: z.infer<typeof configInputSchema>,
  session: Session,
): Promise<void> => {
  const names = [hosts, ...others];
  const files = await Promise.all(names.map(async (name) => ({ name, text: await readOld(session, name) })));
  const conversion = converting(session, () => convertConfig(files));
  await show(conversion, names.join(', '), target, session);
};

const migrateEnv = async (
  { from, ...target }: z.infer<typeof envInputSchema>,
  session: Session,
): Promise<void> => {
  const source =
    from === undefined
      ? { environment: session.io.environment }
      : { file: from, text: await readOld(session, from) };
  const conversion = converting(session, () => convertEnv(source));
  await show(conversion, from ?? 'the environment', target, session);
};

const targetOptions = [
  { flags: '--to <file>', description: 'write it there instead of to standard output' },
  { flags: '--force', description: 'replace the file if there is one' },
];

const addMigrateConfigCommands = (group: Command, host: CommandHost): void => {
  defineCommand(group, host, {
    usage: 'config <hosts> [others...]',
    description: 'Make fleet.yaml of the old files, and list what it cannot say, and why',
    options: targetOptions,
    input: configInputSchema,
    examples: [
      'drover migrate config distributed_hosts.yaml --to fleet.yaml',
      'drover migrate config distributed_hosts.yaml node_policies.yaml unified_loop.yaml',
    ],
    run: migrateConfig,
  });
  defineCommand(group, host, {
    usage: 'env',
    description: 'Make fleet.yaml of the variables of the old daemons, and list what it cannot say, and why',
    options: [
      { flags: '--from <file>', description: 'a file of NAME=value lines, or - (else the environment)' },
      ...targetOptions,
    ],
    input: envInputSchema,
    examples: ['drover migrate env', 'drover migrate env --from /etc/default/daemons --to fleet.yaml'],
    run: migrateEnv,
  });
};

export { addMigrateConfigCommands };
