import { mkdtempSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { CliIo } from '../../../cli/io.ts';
import { randomIds } from '../../../lib/ids.ts';
import { systemClock } from '../../../lib/time.ts';

interface TestIo {
  readonly io: CliIo;
  readonly folder: string;
  readonly out: () => string;
  readonly error: () => string;
  readonly json: () => unknown;
}

/** A command's outside: empty home and working folder, no terminal, nothing in the environment. */
const createTestIo = (changes: Partial<CliIo> = {}): TestIo => {
  const folder = mkdtempSync(join(tmpdir(), 'drover-cli-'));
  const written = { out: '', error: '' };
  const io: CliIo = {
    writeOut: (text) => {
      written.out += text;
    },
    writeError: (text) => {
      written.error += text;
    },
    terminal: false,
    interactive: false,
    environment: {},
    workingFolder: folder,
    homeFolder: join(folder, 'home'),
    clock: systemClock,
    ids: randomIds,
    confirm: async () => false,
    readSecret: async () => '',
    readFile: (path) => readFile(path, 'utf8'),
    sleep: async () => {},
    signal: new AbortController().signal,
    ...changes,
  };
  return {
    io,
    folder,
    out: () => written.out,
    error: () => written.error,
    json: () => JSON.parse(written.out),
  };
};

export type { TestIo };
export { createTestIo };
