import { type Instance, instanceSchema } from '../../lib/providers/instance.ts';
import type { InstanceRecord, NextRecord } from '../../lib/providers/instance-record.ts';
import { openMeter } from '../../lib/providers/meter.ts';
import { atText } from '../nodes/fixtures.ts';

const PRICE = 360_000;

const makeInstance = (instanceId: string, changes: Partial<Instance> = {}): Instance =>
  instanceSchema.parse({
    provider: 'vast',
    instanceId,
    status: 'running',
    rawStatus: 'running',
    bills: true,
    chargeMicroUsdPerHour: PRICE,
    ...changes,
  });

const makeRecord = (instanceId: string, changes: Partial<NextRecord> = {}): InstanceRecord => ({
  instance: makeInstance(instanceId),
  firstSeenAt: atText(0),
  misses: 0,
  meter: openMeter({ microUsdPerHour: PRICE }, atText(0)),
  revision: 1,
  ...changes,
});

export { makeInstance, makeRecord, PRICE };
