import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { openPuts, RECOVERED_FOLDER } from '../../../agent/sync/open-puts.ts';
import { silentLog, temporaryFolder } from '../temporary-folder.ts';

const lineOf = (putId: string): string =>
  JSON.stringify({
    entry: 'put',
    line: {
      putId,
      putAt: '2026-01-01T00:00:00.000Z',
      path: `/work/${putId}`,
      bytes: 5,
      kind: 'games',
      name: 'hex8_2p',
    },
  });

/** A node with this log of puts, that holds these files. */
const prepare = (logText: string, held: readonly string[]) => {
  const root = temporaryFolder();
  const folder = { root, puts: join(root, 'puts'), putLog: join(root, 'puts.jsonl') };
  mkdirSync(folder.puts);
  writeFileSync(folder.putLog, logText);
  for (const name of held) writeFileSync(join(folder.puts, name), `held ${name}`);
  const errors: string[] = [];
  const open = async () =>
    (await openPuts(folder, { ...silentLog, error: (message) => void errors.push(message) }))
      .lines()
      .map(({ putId }) => putId);
  const recovered = (): string[] =>
    readdirSync(root).includes(RECOVERED_FOLDER) ? readdirSync(join(root, RECOVERED_FOLDER)) : [];
  return { root, folder, errors, open, recovered, held: () => readdirSync(folder.puts).sort() };
};

describe('openPuts', () => {
  it.each([
    ['a sound log', `${lineOf('a')}\n`],
    ['a log whose last line is torn: nobody was told of it', `${lineOf('a')}\n${lineOf('b').slice(0, 50)}`],
  ])('clears up what no line names, for %s', async (_case, text) => {
    const { open, held, recovered, errors } = prepare(text, ['a', 'b']);
    expect(await open()).toEqual(['a']);
    expect([held(), recovered(), errors]).toEqual([['a'], [], []]);
  });

  it.each([
    ['rot', `${lineOf('b').replace('{', '\u0000')}\n`],
    ['a kind of line that this agent does not know', '{"entry":"put-in-parts","line":{"putId":"b"}}\n'],
    ['the last line, which has its end', `${lineOf('b').slice(0, 50)}\n`],
  ])('destroys nothing that was answered when its line cannot be read: %s', async (_case, bad) => {
    const text = `${lineOf('a')}\n${bad}`;
    const { root, open, held, recovered, errors } = prepare(text, ['a', 'b']);
    expect(await open()).toEqual(['a']);

    expect(held()).toEqual(['a']);
    const [name = ''] = recovered();
    const folder = join(root, RECOVERED_FOLDER, name);
    expect(readFileSync(join(folder, 'b'), 'utf8')).toBe('held b');
    expect(readFileSync(join(folder, 'puts.jsonl'), 'utf8')).toBe(text);
    expect(errors).toEqual([expect.stringContaining('lines of the log of puts cannot be read')]);

    expect(await open()).toEqual(['a']);
    expect([recovered(), errors.length]).toEqual([[name], 1]);
  });
});
