import { type WorkClass, workClassSchema } from './work-item.ts';
import type { WorkPolicy } from './work-policy.ts';
import type { WorkCounts } from './work-store.ts';

interface DepthFacts {
  /** What ended in the last `drainWindowSeconds`, by class. */
  readonly drained: WorkCounts;
  readonly freeSlots: WorkCounts;
  /** Classes of which something can be made. */
  readonly wanted: ReadonlySet<WorkClass>;
}

/**
 * Campaigns' own work stays below the level of backpressure that it would cause: with 70 % of the hard limit waiting there is room for
 * what people submit and what nodes give back.
 */
const OWN_PART = 0.7;
/** A shorter look back would take a minute without a finished job for a fleet that does nothing. */
const MINIMUM_WINDOW_SECONDS = 3600;

/** The time over which the drain rate is taken: as long as the horizon, at least an hour. */
const drainWindowSeconds = ({ horizonSeconds }: Pick<WorkPolicy, 'horizonSeconds'>): number =>
  Math.max(MINIMUM_WINDOW_SECONDS, horizonSeconds);

/** Jobs per hour. */
const drainedPerHour = (drained: number, policy: Pick<WorkPolicy, 'horizonSeconds'>): number =>
  (drained * 3600) / drainWindowSeconds(policy);

/**
 * How many jobs should wait, by class: what the fleet does within the horizon; at least the minimum, and one for each free slot, so that
 * a new fleet begins at once; at most the limit, never a fixed number (events 5-1). Pure.
 */
const targetDepth = (facts: DepthFacts, policy: WorkPolicy): WorkCounts => {
  const { drained, freeSlots, wanted } = facts;
  const { horizonSeconds, minimumDepth, maximumDepth } = policy;
  const target = { cpu: 0, gpu: 0, 'gpu-large': 0 };
  for (const workClass of wanted)
    target[workClass] = Math.max(
      minimumDepth,
      freeSlots[workClass],
      Math.ceil((drainedPerHour(drained[workClass], policy) * horizonSeconds) / 3600),
    );
  const sum = target.cpu + target.gpu + target['gpu-large'];
  const most = Math.max(1, Math.floor(maximumDepth * OWN_PART));
  if (sum > most)
    for (const workClass of workClassSchema.options)
      target[workClass] = Math.floor((target[workClass] * most) / sum);
  return target;
};

export type { DepthFacts };
export { drainedPerHour, drainWindowSeconds, targetDepth };
