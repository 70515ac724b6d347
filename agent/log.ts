type LogLevel = 'debug' | 'info' | 'warn' | 'error';
type LogFields = Readonly<Record<string, unknown>>;

/** JSON lines. A field whose name speaks of a secret is never written. */
interface Log {
  debug(message: string, fields?: LogFields): void;
  info(message: string, fields?: LogFields): void;
  warn(message: string, fields?: LogFields): void;
  error(message: string, fields?: LogFields): void;
}

const LEVELS: readonly LogLevel[] = ['debug', 'info', 'warn', 'error'];
const SECRET_NAME = /secret|token|password|credential|accesskey/i;

/** The message of an error and of its causes, outermost first. */
const describeError = (error: unknown): string => {
  if (!(error instanceof Error)) return String(error);
  const own = error.message === '' ? error.name : error.message;
  return error.cause === undefined ? own : `${own}: ${describeError(error.cause)}`;
};

const printable = (key: string, value: unknown): unknown => {
  if (SECRET_NAME.test(key)) return '[redacted]';
  return value instanceof Error ? describeError(value) : value;
};

/** Writes lines of `level` and above through `write`, one JSON object each. */
const createLog = (level: LogLevel, write: (line: string) => void, now: () => Date): Log => {
  const lowest = LEVELS.indexOf(level);
  const at =
    (lineLevel: LogLevel) =>
    (message: string, fields: LogFields = {}): void => {
      if (LEVELS.indexOf(lineLevel) < lowest) return;
      // A field must not pass for the line's own time, level or message.
      const own = { at: now().toISOString(), level: lineLevel, message };
      const line = { ...own, ...fields, ...own };
      write(`${JSON.stringify(line, printable)}\n`);
    };
  return { debug: at('debug'), info: at('info'), warn: at('warn'), error: at('error') };
};

export type { Log, LogFields, LogLevel };
export { createLog, describeError };
