import { linkSync, mkdirSync, readdirSync, readFileSync, statSync, utimesSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { look } from '../../../agent/inventory/hash-cache.ts';
import { bringPut } from '../../../agent/sync/bring-put.ts';
import type { PutLine } from '../../../agent/sync/put-line.ts';
import { PutLog } from '../../../agent/sync/put-log.ts';
import { systemTiming } from '../../../agent/wait.ts';
import { silentLog, temporaryFolder } from '../temporary-folder.ts';

const SOME_ID = 'a'.repeat(64);

/** A file that was put and is held by a second name, and a store that takes what is there. */
const prepare = async (overrides: Partial<PutLine> = {}) => {
  const root = temporaryFolder();
  const held = join(root, 'puts');
  const quarantine = join(root, 'quarantine');
  mkdirSync(held);
  mkdirSync(quarantine);
  const path = join(root, 'latest.pt');
  writeFileSync(path, 'epoch 1');
  // Not of this very moment: file systems count time in steps.
  utimesSync(path, 1_700_000_000, 1_700_000_000);
  linkSync(path, join(held, 'p'));
  const { bytes = 0, modifiedNs = '' } = (await look(path)) ?? {};
  const line: PutLine = {
    putId: 'p',
    putAt: '2026-01-01T00:00:00.000Z',
    path,
    bytes,
    linked: { bytes, modifiedNs },
    kind: 'checkpoint',
    name: 'hex8_2p',
    ...overrides,
  };
  const putLog = await PutLog.open(join(root, 'puts.jsonl'), silentLog);
  await putLog.put([line]);
  const brought: string[] = [];
  const errors: string[] = [];
  const bring = (during: () => void = () => undefined) =>
    bringPut(line, {
      held,
      quarantine,
      putLog,
      bring: async (from) => {
        during();
        if (statSync(from).size === 0) return undefined;
        brought.push(readFileSync(from, 'utf8'));
        return SOME_ID;
      },
      timing: systemTiming,
      log: { ...silentLog, error: (message) => void errors.push(message) },
    });
  const reopened = async () => (await PutLog.open(join(root, 'puts.jsonl'), silentLog)).lines();
  return { path, held, quarantine, putLog, line, brought, errors, bring, reopened };
};

describe('bringPut', () => {
  it('brings a file that is as it was put', async () => {
    const { bring, brought, putLog } = await prepare();
    expect(await bring()).toBe(SOME_ID);
    expect([brought, putLog.waiting.count]).toEqual([['epoch 1'], 1]);
  });

  it.each(['epoch 2', 'epoch 2, longer', ''])(
    'never brings what was written over it (%j): says so, and waits no longer for what is gone',
    async (content) => {
      const { path, held, quarantine, bring, brought, errors, putLog, reopened } = await prepare();
      writeFileSync(path, content);

      await expect(bring()).rejects.toThrow(`${path} was written into in place after it was put`);

      expect([brought, putLog.waiting.count, await reopened(), readdirSync(held)]).toEqual([[], 0, [], []]);
      expect(errors).toEqual(['what was put is lost: its file was written into in place']);
      const [kept = ''] = readdirSync(quarantine);
      expect(readFileSync(join(quarantine, kept, 'p'), 'utf8')).toBe(content);
      expect(JSON.parse(readFileSync(join(quarantine, kept, 'reason.json'), 'utf8'))).toMatchObject({
        putId: 'p',
        path,
      });
    },
  );

  it('does not take for what was put what was written over it while it was brought', async () => {
    const { path, bring, putLog } = await prepare();
    await expect(bring(() => writeFileSync(path, 'epoch 2'))).rejects.toThrow('written into in place');
    expect(putLog.waiting.count).toBe(0);
  });

  it('brings what is there for a line of which it is not known how its file looked', async () => {
    const { line, path, held, quarantine, putLog, brought } = await prepare();
    const { linked: _linked, ...older } = line;
    writeFileSync(path, 'epoch 2');
    const bring = async (from: string) => {
      brought.push(readFileSync(from, 'utf8'));
      return SOME_ID;
    };
    const tools = { held, quarantine, putLog, bring, timing: systemTiming, log: silentLog };
    expect(await bringPut(older, tools)).toBe(SOME_ID);
    expect(brought).toEqual(['epoch 2']);
  });
});
