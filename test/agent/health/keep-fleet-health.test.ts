import { existsSync, mkdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { keepFleetHealth } from '../../../agent/health/keep-fleet-health.ts';
import { temporaryFolder } from '../temporary-folder.ts';

type Answer = { etag: string; text: string } | 'not-modified' | Error;

/** Runs the loop over the store's answers, one a minute; gives what was asked for and the file after each. */
const run = async (answers: readonly Answer[]) => {
  const root = temporaryFolder();
  mkdirSync(join(root, '.drover'));
  const file = join(root, 'fleet-health.json');
  const asked: (string | undefined)[] = [];
  const files: (string | undefined)[] = [];
  await keepFleetHealth(
    {
      folder: { fleetHealth: file, nextFleetHealth: join(root, '.drover', 'fleet-health.json') },
      fetch: async (etag) => {
        const answer = answers[asked.length];
        asked.push(etag);
        if (answer instanceof Error) throw answer;
        return answer === 'not-modified' ? undefined : answer;
      },
      timing: {
        now: () => new Date(0),
        random: () => 0,
        wait: async (seconds) => {
          expect(seconds).toBe(60);
          files.push(existsSync(file) ? readFileSync(file, 'utf8') : undefined);
          return files.length < answers.length;
        },
      },
      log: { debug: () => {}, info: () => {}, warn: () => {}, error: () => {} },
    },
    new AbortController().signal,
  );
  return { root, file, asked, files };
};

describe('keepFleetHealth', () => {
  it('asks once a minute for what it does not have yet, and keeps what it has when the store fails', async () => {
    const { asked, files, file } = await run([
      new Error('no such key'),
      { etag: '"1"', text: 'one' },
      'not-modified',
      new Error('the store is down'),
      { etag: '"2"', text: 'two' },
      'not-modified',
    ]);
    expect(files).toEqual([undefined, 'one', 'one', 'one', 'two', 'two']);
    expect(asked).toEqual([undefined, undefined, '"1"', '"1"', '"1"', '"2"']);
    expect(statSync(file).mode & 0o777).toBe(0o644);
  });
});
