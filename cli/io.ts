import type { IdSource } from '../lib/ids.ts';
import type { Clock } from '../lib/time.ts';

/** Everything of the outside that a command touches, except AWS and files: passed in, so that a test is a call. */
interface CliIo {
  readonly writeOut: (text: string) => void;
  readonly writeError: (text: string) => void;
  /** Is standard output a terminal? Decides tables and colour. */
  readonly terminal: boolean;
  /** Can we ask and show progress: standard input and standard error are terminals? */
  readonly interactive: boolean;
  readonly environment: Readonly<Record<string, string | undefined>>;
  readonly workingFolder: string;
  readonly homeFolder: string;
  readonly clock: Clock;
  readonly ids: IdSource;
  /** Asks on the terminal; only `y` and `yes` are yes. */
  readonly confirm: (question: string) => Promise<boolean>;
  /** Asks on the terminal without showing what is typed; else all of standard input. */
  readonly readSecret: (question: string) => Promise<string>;
  readonly readFile: (path: string) => Promise<string>;
  readonly sleep: (seconds: number, signal?: AbortSignal) => Promise<void>;
  /** Ctrl-C. */
  readonly signal: AbortSignal;
}

export type { CliIo };
