import { toTimestamp } from '../time.ts';
import type { InstanceRecord } from './instance-record.ts';
import { amountBetween, type Charge, type Segment, toMicroUsd } from './meter.ts';

type CostGrouping = 'provider' | 'role' | 'node';

interface CostRow {
  /** A provider, role or nodeId; `(no node)` for what no node used. */
  readonly group: string;
  readonly microUsd: number;
  /** What it costs at this moment. */
  readonly microUsdPerHour: number;
  /** Hours at a price that the provider does not tell: the amount is lower than the bill. */
  readonly unpricedHours: number;
}

const NO_NODE = '(no node)';
const MILLISECONDS_PER_HOUR = 3_600_000;

const groupOf = (grouping: CostGrouping, provider: string, charge: Charge): string => {
  switch (grouping) {
    case 'provider':
      return provider;
    case 'role':
      return charge.role ?? NO_NODE;
    case 'node':
      return charge.nodeId ?? NO_NODE;
  }
};

/** Closed stretches and running meters as one list, each moment once. */
const stretches = (
  records: readonly InstanceRecord[],
  segments: readonly Segment[],
  now: string,
): Segment[] => {
  const openSince = new Map(
    records.map(({ instance, meter }) => [`${instance.provider}#${instance.instanceId}`, meter.since]),
  );
  // A stretch that begins where the meter still runs was written by a cycle that crashed before it turned the meter.
  const closed = segments.filter(
    ({ provider, instanceId, startAt }) => startAt < (openSince.get(`${provider}#${instanceId}`) ?? now),
  );
  const running = records.map(({ instance, meter }) => ({
    provider: instance.provider,
    instanceId: instance.instanceId,
    startAt: meter.since,
    endAt: now,
    charge: meter.charge,
  }));
  return [...closed, ...running];
};

/** What was spent from `from` to `now`, in groups, the dearest first. Exact: each group is summed in integers and rounded once. Pure. */
const costReport = (
  records: readonly InstanceRecord[],
  segments: readonly Segment[],
  grouping: CostGrouping,
  from: Date,
  now: Date,
): { rows: CostRow[]; totalMicroUsd: number } => {
  const fromText = toTimestamp(from);
  const nowText = toTimestamp(now);
  const groups = new Map<string, { amount: bigint; rate: number; unpricedMilliseconds: number }>();
  let total = 0n;
  const groupFor = (name: string) => {
    const group = groups.get(name) ?? { amount: 0n, rate: 0, unpricedMilliseconds: 0 };
    groups.set(name, group);
    return group;
  };
  for (const { provider, startAt, endAt, charge } of stretches(records, segments, nowText)) {
    const amount = amountBetween(charge, startAt, endAt, fromText, nowText);
    // The same clipping at a price of 1 counts the time.
    const time = Number(amountBetween({ microUsdPerHour: 1 }, startAt, endAt, fromText, nowText));
    if (time === 0 || charge.microUsdPerHour === 0) continue;
    const group = groupFor(groupOf(grouping, provider, charge));
    group.amount += amount;
    total += amount;
    if (charge.microUsdPerHour === undefined) group.unpricedMilliseconds += time;
  }
  for (const { instance, meter } of records)
    if ((meter.charge.microUsdPerHour ?? 0) > 0)
      groupFor(groupOf(grouping, instance.provider, meter.charge)).rate += meter.charge.microUsdPerHour ?? 0;
  const rows = [...groups]
    .map(([group, { amount, rate, unpricedMilliseconds }]) => ({
      group,
      microUsd: toMicroUsd(amount),
      microUsdPerHour: rate,
      unpricedHours: unpricedMilliseconds / MILLISECONDS_PER_HOUR,
    }))
    .sort((one, other) => other.microUsd - one.microUsd || (one.group < other.group ? -1 : 1));
  return { rows, totalMicroUsd: toMicroUsd(total) };
};

export type { CostGrouping, CostRow };
export { costReport };
