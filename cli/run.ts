import { type Command, CommanderError } from 'commander';
import { createSession, openContext } from './context.ts';
import { describeFailure, EXIT, type ExitCode } from './exit.ts';
import type { CliIo } from './io.ts';
import { buildProgram } from './program.ts';
import { VERSION } from './version.ts';

const configureTree = (command: Command, io: CliIo): void => {
  command.exitOverride();
  // Errors are written in one place, below, so that --json holds for them too.
  command.configureOutput({ writeOut: io.writeOut, writeErr: () => {}, outputError: () => {} });
  command.configureHelp({ showGlobalOptions: true });
  for (const child of command.commands) configureTree(child, io);
};

const writeFailure = (io: CliIo, json: boolean, code: string, message: string): void =>
  io.writeError(json ? `${JSON.stringify({ error: { code, message } })}\n` : `drover: ${message}\n`);

/** Help asked for, or shown because a group was called without a command. */
const isHelp = (error: CommanderError): boolean =>
  ['commander.help', 'commander.helpDisplayed', 'commander.version'].includes(error.code);

/** Runs one command line and answers its exit code; never throws. */
const runCli = async (args: readonly string[], io: CliIo, open = openContext): Promise<ExitCode> => {
  if (args.length === 1 && (args[0] === '--version' || args[0] === '-V')) {
    io.writeOut(`${VERSION}\n`);
    return EXIT.ok;
  }
  const json = args.includes('--json');
  let exitCode: ExitCode = EXIT.ok;
  const program = buildProgram(
    {
      openSession: (globals) => createSession(io, globals, open),
      finish: (code) => {
        exitCode = code;
      },
    },
    VERSION,
  );
  configureTree(program, io);
  try {
    await program.parseAsync([...args], { from: 'user' });
    return exitCode;
  } catch (error) {
    if (error instanceof CommanderError) {
      if (isHelp(error) && error.exitCode === 0) return EXIT.ok;
      const message = isHelp(error)
        ? `a command is missing: \`${['drover', ...args.filter((word) => !word.startsWith('-')), '--help'].join(' ')}\` lists them`
        : `${error.message.replace(/^error: /, '').replaceAll(/\s*\n\s*/g, ' ')} (--help shows usage and examples)`;
      writeFailure(io, json, 'usage', message);
      return EXIT.usage;
    }
    const failure = describeFailure(error);
    writeFailure(io, json, failure.code, failure.message);
    if (io.environment['DROVER_DEBUG'] === '1' && error instanceof Error) io.writeError(`${error.stack}\n`);
    return failure.exitCode;
  }
};

export { runCli };
