import { describe, expect, it } from 'vitest';
import { createMemoryPublisher } from '../../lib/events/memory-publisher.ts';
import { decideSchedules } from '../../lib/sync/decide-schedules.ts';
import { createMemoryScheduleStore } from '../../lib/sync/memory-schedule-store.ts';
import { runSchedules } from '../../lib/sync/run-schedules.ts';
import { syncConfigSchema } from '../../lib/sync/sync-config.ts';

const hourly = { everyMinutes: 60, name: 'hex8_2p', kind: 'npz', newest: 3 } as const;
const at = (time: string): Date => new Date(`2026-03-01T${time}:00.000Z`);

describe('decideSchedules', () => {
  it('lets each schedule have one turn in each of its intervals, at once when it is new or its turn was missed', () => {
    const first = decideSchedules([hourly], {}, at('12:10'));
    expect(first.due).toMatchObject([{ schedule: hourly }]);
    const isDue = (time: string): boolean => decideSchedules([hourly], first.turns, at(time)).due.length > 0;
    expect(['12:10', '12:59', '13:00', '17:30'].map(isDue)).toEqual([false, false, true, true]);
  });

  it('takes a clock that was set back for no new turn, and does not lose its place', () => {
    const { turns } = decideSchedules([hourly], {}, at('13:00'));
    const back = decideSchedules([hourly], turns, at('11:00'));
    expect(back).toEqual({ due: [], turns });
  });

  it('takes one that was changed for another, and forgets those that are gone', () => {
    const { turns } = decideSchedules([hourly], {}, at('12:00'));
    const changed = { ...hourly, newest: 4 };
    const next = decideSchedules([changed], turns, at('12:01'));
    expect(next.due).toMatchObject([{ schedule: changed }]);
    expect(Object.keys(next.turns)).toHaveLength(1);
  });
});

describe('runSchedules', () => {
  const prepare = (config: object = { schedules: [hourly] }) => {
    const publisher = createMemoryPublisher();
    const schedules = createMemoryScheduleStore();
    const run = async (time: string, ports = { schedules, publisher }) =>
      await runSchedules({ ...ports, clock: { now: () => at(time) } }, syncConfigSchema.parse(config));
    return { publisher, schedules, run };
  };

  it('asks for the sync of each turn once', async () => {
    const { publisher, run } = prepare();
    expect([await run('12:00'), await run('12:01'), await run('13:00')]).toEqual([1, 0, 1]);
    expect(publisher.published).toMatchObject([
      {
        name: 'SyncRequested',
        fields: {
          query: { name: 'hex8_2p', kind: 'npz', newest: 3 },
          priority: 'background',
          reason: 'every 60 minutes',
        },
      },
      { name: 'SyncRequested' },
    ]);
    expect(new Set(publisher.published.map(({ eventId }) => eventId)).size).toBe(2);
  });

  it('asks again under the same id when it could not note that it did', async () => {
    const { publisher, schedules, run } = prepare();
    const broken = { ...schedules, put: () => Promise.reject(new Error('throttled')) };
    await expect(run('12:00', { schedules: broken, publisher })).rejects.toThrow('throttled');
    await run('12:01');
    expect(new Set(publisher.published.map(({ eventId }) => eventId)).size).toBe(1);
  });

  it('writes nothing while nothing is scheduled', async () => {
    const { publisher, schedules, run } = prepare({});
    expect(await run('12:00')).toBe(0);
    expect(publisher.published).toEqual([]);
    expect(await schedules.get()).toBeUndefined();
  });
});
