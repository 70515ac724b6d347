import { resolve } from 'node:path';
import { Command, CommanderError, InvalidArgumentError, Option } from 'commander';
import * as z from 'zod';
import { FlagsError } from '../cloud-error.ts';

const DEFAULT_DATA_FOLDER = '.drover';
const MAX_NODES = 50;
/** Fixed, so that profiles stay valid over restarts. */
const DEFAULT_PORT = 4570;

const IDLE_MODES = ['enforce', 'observe', 'off'] as const;
const flagsSchema = z.object({
  nodes: z.int().optional(),
  data: z.string(),
  port: z.int(),
  idle: z.enum(IDLE_MODES).optional(),
});

type IdleMode = (typeof IDLE_MODES)[number];

interface StartFlags {
  /** Undefined: the whole fleet at the first start, and what is left of it later. */
  readonly nodes: number | undefined;
  readonly dataFolder: string;
  /** 0: any free port. */
  readonly port: number;
  /** What idle shutdown does. Undefined: `enforce` at the first start, and what is applied later. */
  readonly idle: IdleMode | undefined;
}

const wholeNumber =
  (from: number, to: number) =>
  (text: string): number => {
    const value = /^\d+$/.test(text) ? Number(text) : Number.NaN;
    if (value >= from && value <= to) return value;
    throw new InvalidArgumentError(`It must be a whole number from ${from} to ${to}.`);
  };

const notEmpty = (text: string): string => {
  if (text !== '') return text;
  throw new InvalidArgumentError('It must name a folder.');
};

/**
 * Reads the command line of `npm start`. Undefined: help was asked for and has been printed.
 * @throws FlagsError with one line for anything that it does not understand.
 */
const parseFlags = (args: readonly string[], workingFolder: string): StartFlags | undefined => {
  const program = new Command('npm start --')
    .description('Runs the whole of Drover on this machine, with agents as real processes.')
    .option(
      '--nodes <count>',
      'instances to have at least, spread over the simulated providers (default: 6 at the first start)',
      wholeNumber(0, MAX_NODES),
    )
    .option('--data <folder>', 'where all state is kept', notEmpty, DEFAULT_DATA_FOLDER)
    .option(
      '--port <port>',
      'where the emulated AWS answers, the providers one above; 0 picks free ones',
      wholeNumber(0, 65_535),
      DEFAULT_PORT,
    )
    .addOption(
      new Option(
        '--idle <mode>',
        'idle shutdown: terminate idle instances, only say which, or nothing (default: enforce at the first start)',
      ).choices(IDLE_MODES),
    )
    .allowExcessArguments(false)
    .showSuggestionAfterError(false)
    .exitOverride()
    .configureOutput({ writeErr: () => undefined });
  try {
    program.parse(args, { from: 'user' });
  } catch (error) {
    if (!(error instanceof CommanderError)) throw error;
    if (error.exitCode === 0) return undefined;
    throw new FlagsError(`${error.message.replace(/^error: /, '')} (npm start -- --help lists the flags)`, {
      cause: error,
    });
  }
  const { nodes, data, port, idle } = flagsSchema.parse(program.opts());
  return { nodes, dataFolder: resolve(workingFolder, data), port, idle };
};

export type { IdleMode, StartFlags };
export { parseFlags };
