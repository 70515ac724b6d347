import { TransientError } from '../errors.ts';
import type { Publisher } from '../events/publisher.ts';
import { derivedId } from '../ids.ts';
import { type Clock, toTimestamp } from '../time.ts';
import type { EgressStore } from './egress-store.ts';

interface EgressPorts {
  readonly egress: EgressStore;
  readonly publisher: Publisher;
  readonly clock: Clock;
}

const DAY_MS = 86_400_000;
const STEPS = [80, 100] as const;
const MAX_COUNTED = 500;

const dayOf = (now: Date): string => toTimestamp(now).slice(0, 10);

/** What nodes have taken, or will, from the store today because of syncs. */
const egressToday = async ({ egress, clock }: EgressPorts): Promise<number> =>
  (await egress.get(dayOf(clock.now())))?.bytes ?? 0;

/** 50 events count at once (5 functions with 10 each), and in every round of losers one wins; the rest is room. */
const MAX_TRIES = 60;

/** One try. False when another wrote the day meanwhile: then what was read does not hold any more. */
const countOnce = async (
  { egress, publisher }: EgressPorts,
  distributionId: string,
  bytes: number,
  budgetBytes: number | undefined,
  now: Date,
): Promise<boolean> => {
  const day = dayOf(now);
  const before = await egress.get(day);
  if (before?.counted.includes(distributionId) === true) return true;
  const used = (before?.bytes ?? 0) + bytes;
  const reached = STEPS.filter((step) => budgetBytes !== undefined && used >= (budgetBytes * step) / 100);
  const endsAt = toTimestamp(new Date((Math.floor(now.getTime() / DAY_MS) + 1) * DAY_MS));
  await publisher.publish(
    reached
      .filter((percent) => before?.announced.includes(percent) !== true)
      .map((percent) => ({
        name: 'EgressBudgetReached' as const,
        eventId: derivedId('e', 'egress', day, percent, budgetBytes ?? 0),
        occurredAt: toTimestamp(now),
        fields: { day, usedBytes: used, budgetBytes: budgetBytes ?? 0, percent, endsAt },
      })),
  );
  const counted = [...(before?.counted ?? []), distributionId].slice(-MAX_COUNTED);
  const announced = [...new Set([...(before?.announced ?? []), ...reached])];
  return await egress.put({ day, bytes: used, counted, announced }, before?.revision);
};

/**
 * Counts what a distribution of a sync will take from the store, once for each, and says it once when the day's budget is used to
 * 80 and to 100 %. Said first and marked then, under an id of the day: a crash in between says the same again.
 * @throws TransientError after 60 lost races
 */
const countEgress = async (
  ports: EgressPorts,
  distributionId: string,
  bytes: number,
  budgetBytes: number | undefined,
): Promise<void> => {
  const now = ports.clock.now();
  for (let tries = 0; tries < MAX_TRIES; tries += 1) {
    if (await countOnce(ports, distributionId, bytes, budgetBytes, now)) return;
  }
  throw new TransientError(
    `the egress of ${dayOf(now)} changed ${MAX_TRIES} times while a sync was counted; try again`,
  );
};

export type { EgressPorts };
export { countEgress, egressToday };
