import type { DispatchPorts } from '../distribution/delivery-ports.ts';
import type { DistributionPolicy } from '../distribution/policy.ts';
import type { SeenEvents } from '../events/seen-events.ts';
import type { EgressStore } from './egress-store.ts';
import type { SyncConfig } from './sync-config.ts';

interface SyncPorts extends DispatchPorts {
  readonly seen: SeenEvents;
  readonly egress: EgressStore;
}

/** What holds for one event. */
interface SyncSettings {
  readonly config: SyncConfig;
  /** Of the transfers that follow. */
  readonly distribution: DistributionPolicy;
}

export type { SyncPorts, SyncSettings };
