import type { Publisher } from '../events/publisher.ts';
import { derivedId } from '../ids.ts';
import { type Clock, toTimestamp } from '../time.ts';
import { type DueSchedule, decideSchedules } from './decide-schedules.ts';
import type { ScheduleStore } from './schedule-store.ts';
import type { SyncConfig } from './sync-config.ts';
import { type SyncRequest, syncRequestSchema } from './sync-request.ts';

interface SchedulePorts {
  readonly schedules: ScheduleStore;
  readonly publisher: Publisher;
  readonly clock: Clock;
}

const requestOf = ({ schedule: { everyMinutes, targets, ...query } }: DueSchedule): SyncRequest =>
  syncRequestSchema.parse({
    query,
    ...(targets === undefined ? {} : { targets }),
    priority: 'background',
    reason: `every ${everyMinutes} minutes`,
  });

/**
 * Asks for the syncs of fleet.yaml that are due. Asked first, noted after: a crash between asks again under the same id, which is one sync.
 * @returns how many were asked for
 */
const runSchedules = async (
  { schedules, publisher, clock }: SchedulePorts,
  config: SyncConfig,
): Promise<number> => {
  const before = await schedules.get();
  const now = clock.now();
  const { due, turns } = decideSchedules(config.schedules ?? [], before?.turns ?? {}, now);
  await publisher.publish(
    due.map((one) => ({
      name: 'SyncRequested',
      eventId: derivedId('e', 'sync-schedule', one.key, one.turn),
      occurredAt: toTimestamp(now),
      fields: requestOf(one),
    })),
  );
  const isSame = JSON.stringify(turns) === JSON.stringify(before?.turns ?? {});
  // When another run was faster it asked for the same.
  if (!isSame) await schedules.put({ turns }, before?.revision);
  return due.length;
};

export type { SchedulePorts };
export { runSchedules };
