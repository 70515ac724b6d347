import { readFile } from 'node:fs/promises';
import { homedir } from 'node:os';
import { createInterface } from 'node:readline/promises';
import { setTimeout } from 'node:timers/promises';
import { randomIds } from '../lib/ids.ts';
import { systemClock } from '../lib/time.ts';
import { EXIT } from './exit.ts';
import type { CliIo } from './io.ts';
import { readSecret } from './read-secret.ts';
import { runCli } from './run.ts';

// `drover … | head` closes our output early: that is no error.
process.stdout.on('error', (error: NodeJS.ErrnoException) => {
  process.exit(error.code === 'EPIPE' ? EXIT.ok : EXIT.unexpected);
});

const interruption = new AbortController();
process.once('SIGINT', () => interruption.abort());
process.once('SIGTERM', () => interruption.abort());

const confirm = async (question: string): Promise<boolean> => {
  const lines = createInterface({ input: process.stdin, output: process.stderr });
  try {
    const answer = await lines.question(`${question} [y/N] `, { signal: interruption.signal });
    return /^y(es)?$/i.test(answer.trim());
  } finally {
    lines.close();
  }
};

const io: CliIo = {
  writeOut: (text) => {
    process.stdout.write(text);
  },
  writeError: (text) => {
    process.stderr.write(text);
  },
  terminal: process.stdout.isTTY === true,
  interactive: process.stdin.isTTY === true && process.stderr.isTTY === true,
  environment: process.env,
  workingFolder: process.cwd(),
  homeFolder: homedir(),
  clock: systemClock,
  ids: randomIds,
  confirm,
  readSecret: (question) => readSecret(question, interruption.signal),
  readFile: (path) => readFile(path, 'utf8'),
  sleep: async (seconds, signal) => {
    await setTimeout(seconds * 1000, undefined, signal ? { signal } : {}).catch(() => {});
  },
  signal: interruption.signal,
};

// The code is set, not exited with, so that piped output is written in full.
process.exitCode = await runCli(process.argv.slice(2), io);
