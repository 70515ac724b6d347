import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { PutLine } from '../../../agent/sync/put-line.ts';
import { PutLog } from '../../../agent/sync/put-log.ts';
import { silentLog } from '../temporary-folder.ts';
import { SimulatedDisk } from './simulated-disk.ts';

const line = (putId: string, overrides: Partial<PutLine> = {}): PutLine => ({
  putId,
  putAt: '2026-01-01T00:00:00.000Z',
  path: `/work/${putId}`,
  bytes: 10,
  kind: 'games',
  name: 'hex8_2p',
  ...overrides,
});

const open = async (disk: SimulatedDisk): Promise<PutLog> =>
  await PutLog.open('/log', silentLog, disk, async () => {
    throw new Error('what a crash tears was not answered: it is no loss');
  });
const ids = (log: PutLog): string[] => log.lines().map(({ putId }) => putId);

describe('PutLog', () => {
  it('counts what waits, and knows where it was put from', async () => {
    const log = await open(new SimulatedDisk(() => 0));
    await log.put([line('a'), line('b', { bytes: 5, path: '/work/a' })]);
    expect(log.waiting).toEqual({ count: 2, bytes: 15, oldestPutAt: '2026-01-01T00:00:00.000Z' });
    await log.stored('a', '0'.repeat(64));
    expect([log.waiting.bytes, log.names('/work/a'), log.names('/work/b')]).toEqual([5, true, false]);
    await log.stored('b', '0'.repeat(64));
    expect([log.waiting.count, log.names('/work/a')]).toEqual([0, false]);
  });

  /** One thing that happens to a log; `at` picks a line, calls until the cut, or how many fail. */
  const stepArbitrary = fc.record({
    kind: fc.constantFrom('put', 'put', 'put-many', 'stored', 'stored', 'cut', 'fail', 'restart'),
    at: fc.nat({ max: 12 }),
  });

  it('forgets no put that was answered, whatever the disk loses, tears or refuses, and takes none back', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(stepArbitrary, { maxLength: 40 }),
        fc.infiniteStream(fc.integer({ min: 0, max: 99 }).map((hundredths) => hundredths / 100)),
        async (steps, chances) => {
          const disk = new SimulatedDisk(() => chances.next().value);
          const asked = new Set<string>();
          const answered = new Set<string>();
          const leaving = new Set<string>();
          const left = new Set<string>();
          let log = await open(disk);
          const check = (): void => {
            const there = new Set(ids(log));
            for (const id of answered) if (!leaving.has(id)) expect(there).toContain(id);
            for (const id of there) expect(asked).toContain(id);
            for (const id of left) expect(there).not.toContain(id);
          };
          const restart = async (): Promise<void> => {
            disk.restart();
            log = await open(disk);
            check();
          };
          for (const [index, { kind, at }] of steps.entries()) {
            try {
              if (kind === 'cut') disk.callsUntilCut = at;
              else if (kind === 'fail') disk.failures = at % 3;
              else if (kind === 'restart') await restart();
              else if (kind === 'stored') {
                const id = ids(log)[at % Math.max(1, log.waiting.count)];
                if (id === undefined) continue;
                leaving.add(id);
                await log.stored(id, '0'.repeat(64));
                left.add(id);
              } else {
                const batches = Array.from({ length: kind === 'put' ? 1 : 3 }, (_, batch) =>
                  Array.from({ length: 1 + (at % 3) }, (_line, n) => `${index}-${batch}-${n}`),
                );
                for (const id of batches.flat()) asked.add(id);
                // At the same time: they share a sync, and each is answered for itself.
                const puts = batches.map(async (batch) => {
                  await log.put(batch.map((id) => line(id)));
                  for (const id of batch) answered.add(id);
                });
                const outcomes = await Promise.allSettled(puts);
                if (outcomes.some(({ status }) => status === 'rejected')) throw new Error('refused');
              }
            } catch {
              // The power is gone, or only this one call: the program goes on in the second case.
              if (disk.callsUntilCut !== undefined && disk.callsUntilCut < 0) await restart();
            }
            check();
          }
          await restart();
        },
      ),
      { numRuns: 500 },
    );
  });
});
