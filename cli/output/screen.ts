import { createColors } from 'picocolors';
import type { CliIo } from '../io.ts';
import { renderTable } from './table.ts';

/** How a command speaks: one JSON document, or text for people. */
interface Screen {
  readonly json: boolean;
  readonly terminal: boolean;
  /** The result. `human` is only called when people read it. */
  show(document: unknown, human: () => string): void;
  /** One result of an endless list: a JSON document per line, or a line of text. */
  showLine(document: unknown, human: () => string): void;
  /** A remark beside the result, on standard error; nothing under --json. */
  note(text: string): void;
  table(columns: readonly string[], rows: readonly (readonly string[])[]): string;
  strong(text: string): string;
  faint(text: string): string;
  good(text: string): string;
  bad(text: string): string;
  warn(text: string): string;
}

const createScreen = (io: CliIo, json: boolean): Screen => {
  const colours = createColors(io.terminal && !io.environment['NO_COLOR'] && !json);
  return {
    json,
    terminal: io.terminal,
    show: (document, human) => io.writeOut(`${json ? JSON.stringify(document, undefined, 2) : human()}\n`),
    showLine: (document, human) => io.writeOut(`${json ? JSON.stringify(document) : human()}\n`),
    note: (text) => {
      if (!json) io.writeError(`${text}\n`);
    },
    table: (columns, rows) => renderTable(columns, rows, { terminal: io.terminal, heading: colours.bold }),
    strong: colours.bold,
    faint: colours.dim,
    good: colours.green,
    bad: colours.red,
    warn: colours.yellow,
  };
};

export type { Screen };
export { createScreen };
