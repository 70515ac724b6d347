import { decideListing } from '../providers/decide-listing.ts';
import type { Instance } from '../providers/instance.ts';
import type { InstanceRecord } from '../providers/instance-record.ts';
import { RECONCILE_POLICY } from '../providers/reconcile-policy.ts';
import { secondsSince, toTimestamp } from '../time.ts';
import type { IdlePorts } from './idle-ports.ts';
import { orUndefined } from './load-fleet.ts';

/** Nodes whose end is decided within so long of each other share a listing: the provider's rate limit is small. */
const SHARED_SECONDS = 20;

/**
 * The record of an instance as a listing has it that is made now. When the provider does not answer, lost too much at once, or
 * does not have it, one more listing lacks it: what it costs and what it is stay known, and it blocks as `instance-unknown`.
 */
type ListAgain = (instanceId: string) => Promise<InstanceRecord | undefined>;

interface Listing {
  readonly at: string;
  /** By id; undefined: there is no listing that can be believed. */
  readonly instances: ReadonlyMap<string, Instance> | undefined;
}

/** @param records what earlier listings said of the provider's instances */
const createListAgain = (
  ports: Pick<IdlePorts, 'provider' | 'clock' | 'warn'>,
  records: ReadonlyMap<string, InstanceRecord>,
): ListAgain => {
  const { provider, clock } = ports;
  let last: Listing | undefined;
  const list = async (): Promise<Listing> => {
    const at = toTimestamp(clock.now());
    const listing = await orUndefined(ports, 'the instances', provider.listInstances());
    if (listing === undefined) return { at, instances: undefined };
    const instances = new Map(listing.map((instance) => [instance.instanceId, instance]));
    const { action } = decideListing(
      [...records.values()],
      new Set(instances.keys()),
      undefined,
      RECONCILE_POLICY,
      clock.now(),
    );
    return { at, instances: action === 'believe' ? instances : undefined };
  };
  return async (instanceId) => {
    const isOld = last === undefined || secondsSince(last.at, clock.now()) > SHARED_SECONDS;
    if (isOld) last = await list();
    const record = records.get(instanceId);
    const instance = last?.instances?.get(instanceId);
    if (record === undefined) return undefined;
    return instance === undefined
      ? { ...record, misses: record.misses + 1 }
      : { ...record, instance, misses: 0 };
  };
};

export type { ListAgain };
export { createListAgain };
