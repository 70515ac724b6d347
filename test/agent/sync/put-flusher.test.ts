import { setImmediate } from 'node:timers/promises';
import { describe, expect, it, onTestFinished } from 'vitest';
import type { FlushPolicy } from '../../../agent/sync/decide-flush.ts';
import { PutFlusher } from '../../../agent/sync/put-flusher.ts';
import type { PutLine } from '../../../agent/sync/put-line.ts';
import { PutLog } from '../../../agent/sync/put-log.ts';
import { systemTiming } from '../../../agent/wait.ts';
import { silentLog } from '../temporary-folder.ts';
import { SimulatedDisk } from './simulated-disk.ts';

const SOME_ID = 'a'.repeat(64);
const line = (putId: string, overrides: Partial<PutLine> = {}): PutLine => ({
  putId,
  putAt: new Date().toISOString(),
  path: `/work/${putId}`,
  bytes: 10,
  kind: 'games',
  name: 'hex8_2p',
  ...overrides,
});
const flushing = { signal: new AbortController().signal, onActivity: () => undefined };

/** A log, and a store that takes a file when `take` says so. */
const prepare = async (
  take: (line: PutLine) => Promise<boolean> | boolean = () => true,
  strategy: FlushPolicy['strategy'] = 'ephemeral',
  tell: () => Promise<void> = async () => undefined,
) => {
  const disk = new SimulatedDisk(() => 0);
  const log = await PutLog.open('/log', silentLog, disk);
  const brought: string[] = [];
  const released: string[] = [];
  const flusher = new PutFlusher({
    log,
    bring: async (one) => {
      if (!(await take(one))) return undefined;
      brought.push(one.putId);
      return SOME_ID;
    },
    tell,
    letGo: async ({ putId }) => void released.push(putId),
    policy: () => ({ strategy, batchBytes: 100, batchSeconds: 60 }),
    timing: {
      ...systemTiming,
      wait: async (_seconds, signal) => {
        await setImmediate();
        return !signal.aborted;
      },
    },
    journal: silentLog,
  });
  return { disk, log, flusher, brought, released, ids: () => log.lines().map(({ putId }) => putId) };
};

/** What `keep` does in the background until the test is over. */
const keep = (flusher: PutFlusher): AbortController => {
  const stop = new AbortController();
  const end = new AbortController();
  const kept = flusher.keep(stop.signal, end.signal);
  onTestFinished(async () => {
    stop.abort();
    end.abort();
    await kept;
  });
  return stop;
};

describe('PutFlusher', () => {
  it('leaves in the log the one file that could not be brought, and nothing else [sync#13-11]', async () => {
    const { log, flusher, released, ids, disk } = await prepare(({ putId }) => {
      if (putId === 'b') throw new Error('the store refuses it');
      return true;
    });
    await log.put([line('a'), line('b'), line('c')]);
    await expect(flusher.flush(flushing)).rejects.toThrow('the store refuses it');

    expect(ids()).toEqual(['b']);
    expect(released.sort()).toEqual(['a', 'c']);
    // Also for who reads the log after a crash.
    disk.restart();
    expect((await PutLog.open('/log', silentLog, disk)).lines().map(({ putId }) => putId)).toEqual(['b']);
  });

  it('brings what is put while it flushes, and forgets none of it [sync#13-12]', async () => {
    let late: Promise<void> | undefined;
    const { log, flusher, brought } = await prepare(async ({ putId }) => {
      if (putId === 'a') late ??= log.put([line('late')]);
      await late;
      return true;
    });
    await log.put([line('a'), line('b')]);
    await flusher.flush(flushing);
    expect(brought.sort()).toEqual(['a', 'b', 'late']);
    expect(log.waiting.count).toBe(0);
  });

  it('brings the newest first where the node can vanish', async () => {
    const { log, flusher, brought } = await prepare();
    await log.put(Array.from({ length: 20 }, (_, index) => line(String(index))));
    keep(flusher);
    await expect.poll(() => log.waiting.count).toBe(0);
    expect(brought.slice(0, 3)).toEqual(['19', '18', '17']);
  });

  it('waits for a batch where it cannot', async () => {
    const { log, flusher, brought } = await prepare(() => true, 'hybrid');
    keep(flusher);
    await log.put([line('a', { bytes: 60 })]);
    for (let turn = 0; turn < 20; turn += 1) await setImmediate();
    expect(brought).toEqual([]);
    await log.put([line('b', { bytes: 60 })]);
    await expect.poll(() => log.waiting.count).toBe(0);
    expect(brought).toEqual(['a', 'b']);
  });

  it('goes on after failures until everything is there', async () => {
    let failures = 5;
    const { log, flusher } = await prepare(() => {
      failures -= 1;
      if (failures > 0) throw new Error('not now');
      return true;
    });
    keep(flusher);
    await log.put([line('a'), line('b')]);
    await expect.poll(() => log.waiting.count).toBe(0);
  });

  it('brings the next files while it tells of the last, and keeps each in its log until it was told of', async () => {
    const told = Promise.withResolvers<void>();
    const { log, flusher, brought, released } = await prepare(
      () => true,
      'ephemeral',
      () => told.promise,
    );
    await log.put(Array.from({ length: 20 }, (_, index) => line(String(index))));
    const flushed = flusher.flush(flushing);
    await expect.poll(() => brought.length).toBe(20);
    expect([log.waiting.count, released]).toEqual([20, []]);
    told.resolve();
    await flushed;
    expect([log.waiting.count, released.length]).toEqual([0, 20]);
  });

  it('brings a file once, when two flushes meet at it', async () => {
    const { log, flusher, brought } = await prepare(async () => {
      await setImmediate();
      return true;
    });
    await log.put([line('a'), line('b')]);
    await Promise.all([flusher.flush(flushing), flusher.flush(flushing), flusher.lastWords(flushing.signal)]);
    expect(brought.sort()).toEqual(['a', 'b']);
  });

  it('waits for files that are still written, as long as the caller does', async () => {
    let looks = 0;
    const { log, flusher } = await prepare(() => {
      looks += 1;
      return looks > 3;
    });
    await log.put([line('a')]);
    await flusher.flush(flushing);
    expect(looks).toBe(4);

    const never = await prepare(() => false);
    await never.log.put([line('a')]);
    const deadline = AbortSignal.timeout(50);
    await expect(never.flusher.flush({ signal: deadline, onActivity: () => undefined })).rejects.toThrow(
      'timeout',
    );
  });

  it('brings what is worth most for its bytes first, when the machine is to go', async () => {
    const { log, flusher, brought } = await prepare();
    const padding = Array.from({ length: 8 }, (_, index) => line(`pad-${index}`, { bytes: 1 }));
    await log.put([
      line('other', { kind: 'other', bytes: 100 }),
      line('large games', { bytes: 1000 }),
      line('npz', { kind: 'npz', bytes: 100 }),
      line('games', { bytes: 100 }),
      line('model', { kind: 'model', bytes: 100 }),
      ...padding,
    ]);
    await flusher.lastWords(new AbortController().signal);
    expect(brought.slice(8)).toEqual(['games', 'model', 'npz', 'other', 'large games']);
  });
});
