import { type Command, Option } from 'commander';
import type { z } from 'zod';
import type { Session } from './context.ts';
import { EXIT, type ExitCode, UsageError } from './exit.ts';

interface OptionSpec {
  /** As commander writes it: `--ttl <duration>`. */
  readonly flags: string;
  readonly description: string;
  readonly default?: string;
  /** May be given several times; the input is a list then. */
  readonly repeatable?: boolean;
}

interface CommandSpec<Schema extends z.ZodObject> {
  /** Name and arguments: `publish <file>`. */
  readonly usage: string;
  readonly description: string;
  readonly options?: readonly OptionSpec[];
  /** Parses arguments and options, by their camel-case names. */
  readonly input: Schema;
  readonly examples: readonly string[];
  /** Returns the exit code when it is not 0. */
  readonly run: (input: z.infer<Schema>, session: Session) => Promise<ExitCode> | Promise<void>;
}

/** Makes a session for one run from the global flags, and takes its exit code. */
interface CommandHost {
  readonly openSession: (globals: Record<string, unknown>) => Session;
  readonly finish: (exitCode: ExitCode) => void;
}

const toOption = (spec: OptionSpec): Option => {
  const option = new Option(spec.flags, spec.description);
  if (spec.default !== undefined) option.default(spec.default);
  if (spec.repeatable)
    option.argParser((value: string, previous: string[] | undefined) => [...(previous ?? []), value]);
  return option;
};

/** The options of the command and of everything above it, by their camel-case names. */
const optionNames = (command: Command): Map<string, string> => {
  const names = new Map<string, string>();
  for (let at: Command | null = command; at; at = at.parent)
    for (const option of at.options) names.set(option.attributeName(), option.long ?? option.flags);
  return names;
};

const describeIssues = (error: z.ZodError, values: Record<string, unknown>, command: Command): string => {
  const names = optionNames(command);
  return error.issues
    .map(({ path, message }) => {
      const name = String(path[0] ?? '');
      const shown = names.get(name) ?? name;
      return values[name] === undefined ? `${shown} is needed` : `${shown}: ${message}`;
    })
    .join('; ');
};

/** The examples of each command, for the help of the group that it is in. */
const examplesOf = new WeakMap<Command, readonly string[]>();

const renderExamples = (examples: readonly string[]): string =>
  `\nExamples:\n${examples.map((line) => `  $ ${line}`).join('\n')}`;

const GROUP_EXAMPLES = 2;

/** Shows examples in the help of a group: the first of each of its first commands, then their others. */
const addGroupExamples = (group: Command): void => {
  const lists = group.commands.map((command) => examplesOf.get(command) ?? []);
  const inOrder = [...lists.flatMap(([first]) => first ?? []), ...lists.flatMap(([, ...others]) => others)];
  group.addHelpText('after', renderExamples(inOrder.slice(0, GROUP_EXAMPLES)));
};

/** Adds a command whose input is parsed by `spec.input`; what does not fit is a usage error that names the option. */
const defineCommand = <Schema extends z.ZodObject>(
  parent: Command,
  host: CommandHost,
  spec: CommandSpec<Schema>,
): void => {
  const command = parent.command(spec.usage).description(spec.description);
  for (const option of spec.options ?? []) command.addOption(toOption(option));
  examplesOf.set(command, spec.examples);
  command.addHelpText('after', renderExamples(spec.examples));
  command.action(async () => {
    const values: Record<string, unknown> = command.optsWithGlobals();
    for (const [index, argument] of command.registeredArguments.entries())
      values[argument.name()] = command.processedArgs[index];
    const parsed = spec.input.safeParse(values);
    if (!parsed.success)
      throw new UsageError(describeIssues(parsed.error, values, command), { cause: parsed.error });
    host.finish((await spec.run(parsed.data, host.openSession(values))) ?? EXIT.ok);
  });
};

export type { CommandHost, CommandSpec, OptionSpec };
export { addGroupExamples, defineCommand, renderExamples };
