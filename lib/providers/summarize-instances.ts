import { toTimestamp } from '../time.ts';
import { couldRunAgent, hasEnded } from './decide-instance.ts';
import type { NextRecord } from './instance-record.ts';
import { meteredAt, toMicroUsd } from './meter.ts';
import type { NextProviderState, SpendSummary } from './provider-state.ts';

/** Charged, although no agent runs there. */
const isIdleBilling = ({ instance, goneAt }: NextRecord): boolean =>
  goneAt === undefined && !hasEnded(instance) && !couldRunAgent(instance) && instance.bills !== false;

/** Charged at an unknown price. */
const isUnpriced = ({ instance, meter, goneAt }: NextRecord): boolean =>
  goneAt === undefined && meter.charge.microUsdPerHour === undefined && instance.bills !== false;

/** Counts of a provider's instances for its state. */
const countInstances = (records: readonly NextRecord[]): NonNullable<NextProviderState['counts']> => {
  const live = records.filter(({ goneAt, instance }) => goneAt === undefined && !hasEnded(instance));
  return {
    listed: live.length,
    running: live.filter(({ instance }) => instance.status === 'running').length,
    idleBilling: live.filter(isIdleBilling).length,
    unmanaged: live.filter(({ unmanagedAt }) => unmanagedAt !== undefined).length,
    unknownStatus: live.filter(({ instance }) => instance.status === 'unknown').length,
  };
};

/** What the provider's instances cost now, today and this month (UTC); summed exactly, rounded once. */
const summarizeSpend = (records: readonly NextRecord[], now: Date): SpendSummary => {
  const asOf = toTimestamp(now);
  let day = 0n;
  let month = 0n;
  let microUsdPerHour = 0;
  for (const { meter } of records) {
    const metered = meteredAt(meter, asOf);
    day += metered.day;
    month += metered.month;
    microUsdPerHour += meter.charge.microUsdPerHour ?? 0;
  }
  return {
    asOf,
    microUsdPerHour,
    dayMicroUsd: toMicroUsd(day),
    monthMicroUsd: toMicroUsd(month),
    unpricedCount: records.filter(isUnpriced).length,
  };
};

export { countInstances, isIdleBilling, isUnpriced, summarizeSpend };
