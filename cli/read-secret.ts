import { createInterface } from 'node:readline/promises';
import { Writable } from 'node:stream';
import { text } from 'node:stream/consumers';

/** Readline writes what is typed to its output: this one swallows it. */
const silence = new Writable({ write: (_chunk, _encoding, done) => done() });

/** Asks on the terminal without an echo; piped input is read to its end. */
const readSecret = async (question: string, signal: AbortSignal): Promise<string> => {
  if (process.stdin.isTTY !== true) return text(process.stdin);
  process.stderr.write(question);
  const lines = createInterface({ input: process.stdin, output: silence, terminal: true });
  try {
    return await lines.question('', { signal });
  } finally {
    lines.close();
    process.stderr.write('\n');
  }
};

export { readSecret };
