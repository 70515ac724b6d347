import { existsSync, mkdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import type { S3Client } from '@aws-sdk/client-s3';
import { describe, expect, it } from 'vitest';
import { keepFleetHealth } from '../../../agent/health/keep-fleet-health.ts';
import { HashCache } from '../../../agent/inventory/hash-cache.ts';
import { scanFiles } from '../../../agent/inventory/scan-files.ts';
import { temporaryFolder } from '../temporary-folder.ts';

type Answer = { ETag: string; text: string } | Error;

/** Runs the loop over the store's answers, one a minute; gives what was asked for and the file after each. */
const run = async (answers: readonly Answer[]) => {
  const root = temporaryFolder();
  mkdirSync(join(root, '.drover'));
  const file = join(root, 'fleet-health.json');
  const asked: unknown[] = [];
  const files: (string | undefined)[] = [];
  const send = async ({ input }: { input: unknown }) => {
    const answer = answers[asked.length];
    asked.push(input);
    if (answer === undefined || answer instanceof Error) throw answer;
    return { ETag: answer.ETag, Body: { transformToString: async () => answer.text } };
  };
  const client: Pick<S3Client, 'send'> = { send };
  await keepFleetHealth(
    {
      folder: { fleetHealth: file, nextFleetHealth: join(root, '.drover', 'fleet-health.json') },
      // biome-ignore lint/suspicious/noExplicitAny: only `send` is used of the client
      withS3: async (call) => call(client as any),
      bucket: () => 'artifacts',
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

const notModified = Object.assign(new Error('304'), { $metadata: { httpStatusCode: 304 } });

describe('keepFleetHealth', () => {
  it('asks once a minute for what it does not have yet, and keeps what it has when the store fails', async () => {
    const { asked, files, file } = await run([
      new Error('no such key'),
      { ETag: '"1"', text: 'one' },
      notModified,
      new Error('the store is down'),
      { ETag: '"2"', text: 'two' },
      notModified,
    ]);
    expect(files).toEqual([undefined, 'one', 'one', 'one', 'two', 'two']);
    const key = { Bucket: 'artifacts', Key: 'state/fleet.json' };
    const first = { ...key, IfNoneMatch: '"1"' };
    expect(asked).toEqual([key, key, first, first, first, { ...key, IfNoneMatch: '"2"' }]);
    expect(statSync(file).mode & 0o777).toBe(0o644);
  });

  it('is no data: the inventory leaves its file out', async () => {
    const { root } = await run([{ ETag: '"1"', text: 'one' }]);
    const scan = await scanFiles(
      root,
      new HashCache(root, join(root, '.drover', 'cache')),
      new AbortController().signal,
    );
    expect(scan.entries).toEqual([]);
  });
});
