import { createMemoryArtifactStore } from '../../../lib/artifacts/memory-artifact-store.ts';
import { createMemoryAuditStore } from '../../../lib/audit/memory-audit-store.ts';
import { fleetConfigSchema } from '../../../lib/config/fleet-config.ts';
import { createMemoryConfigStore } from '../../../lib/config/memory-config-store.ts';
import { createMemoryDistributionStore } from '../../../lib/distribution/memory-distribution-store.ts';
import { createMemoryPublisher } from '../../../lib/events/memory-publisher.ts';
import { createMemoryHoldStore } from '../../../lib/holds/memory-hold-store.ts';
import { randomIds } from '../../../lib/ids.ts';
import type { CompatPorts } from '../../../lib/migration/compat/compat-ports.ts';
import { createMemoryNodeStore } from '../../../lib/nodes/memory-node-store.ts';
import { createMemoryReplicationStore } from '../../../lib/replication/memory-replication-store.ts';
import { createSyncFacade } from '../../../lib/sync/facade.ts';
import { createMemoryBlockedStore } from '../../../lib/sync/memory-blocked-store.ts';
import { createMemoryEgressStore } from '../../../lib/sync/memory-egress-store.ts';
import { addSeconds } from '../../../lib/time.ts';
import { createMemoryPopulationStore } from '../../../lib/work/memory-population-store.ts';

const NOW = new Date('2026-11-25T12:00:00.000Z');
const CALLER = 'arn:aws:iam::000000000000:user/old-code';

/** An installation in memory, as old code sees it, with these sections of fleet.yaml. */
const createInstallation = async (sections: Readonly<Record<string, unknown>> = {}, mayControl = false) => {
  const config = createMemoryConfigStore();
  await config.put(
    {
      version: 1,
      appliedAt: NOW.toISOString(),
      appliedBy: 'somebody',
      reason: 'test',
      config: fleetConfigSchema.parse(sections),
    },
    0,
  );
  const holds = createMemoryHoldStore();
  const audit = createMemoryAuditStore();
  const publisher = createMemoryPublisher();
  let now = NOW;
  const pass = (seconds: number): void => {
    now = addSeconds(now, seconds);
  };
  const subscriptions: { names: readonly string[]; signal: AbortSignal }[] = [];
  const populations = createMemoryPopulationStore();
  const artifacts = createMemoryArtifactStore();
  const nodes = createMemoryNodeStore();
  const replication = createMemoryReplicationStore();
  let cycles = 0;
  const ports: Omit<CompatPorts, 'health'> = {
    config,
    holds,
    audit,
    publisher,
    sync: createSyncFacade({
      artifacts,
      distributions: createMemoryDistributionStore(),
      nodes,
      egress: createMemoryEgressStore(),
      blocked: createMemoryBlockedStore(),
      config,
      publisher,
      ids: randomIds,
      clock: { now: () => now },
      sleep: async (seconds) => pass(seconds),
    }),
    nodes,
    artifacts,
    replication,
    populations,
    populate: async () => {
      cycles += 1;
    },
    subscribe: (names, _handler, signal) => {
      subscriptions.push({ names, signal });
      return new Promise((resolve) => signal.addEventListener('abort', () => resolve()));
    },
    caller: async () => CALLER,
    mayControl,
    clock: { now: () => now },
    ids: randomIds,
  };
  return {
    ports,
    holds,
    audit,
    publisher,
    populations,
    artifacts,
    nodes,
    replication,
    subscriptions,
    pass,
    live: () => holds.listLive(now),
    cyclesRun: () => cycles,
  };
};

export { CALLER, createInstallation, NOW };
