import { frozen } from '../frozen.ts';
import { toTimestamp } from '../time.ts';
import type { InstanceRecord } from './instance-record.ts';
import type { InstanceStore } from './instance-store.ts';
import type { Segment } from './meter.ts';

/** InstanceStore in memory. Answers are frozen, so that nobody can change what is stored. */
const createMemoryInstanceStore = (): InstanceStore => {
  const records = new Map<string, InstanceRecord>();
  const segments = new Map<string, Segment>();
  return {
    list: async (provider) => [...records.values()].filter(({ instance }) => instance.provider === provider),
    put: async (record, expectedRevision) => {
      const key = JSON.stringify([record.instance.provider, record.instance.instanceId]);
      if (records.get(key)?.revision !== expectedRevision) return false;
      records.set(key, frozen(structuredClone({ ...record, revision: (expectedRevision ?? 0) + 1 })));
      return true;
    },
    addSegment: async (segment) => {
      segments.set(
        JSON.stringify([segment.provider, segment.instanceId, segment.startAt]),
        frozen(structuredClone(segment)),
      );
    },
    listSegments: async (provider, from, to) =>
      [...segments.values()].filter(
        (segment) =>
          segment.provider === provider &&
          segment.endAt > toTimestamp(from) &&
          segment.startAt < toTimestamp(to),
      ),
  };
};

export { createMemoryInstanceStore };
