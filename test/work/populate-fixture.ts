import { createMemoryPublisher } from '../../lib/events/memory-publisher.ts';
import { createMemoryPauseStore } from '../../lib/health/memory-pause-store.ts';
import type { Hold } from '../../lib/holds/hold.ts';
import { createHoldGate } from '../../lib/holds/hold-gate.ts';
import { createMemoryHoldStore } from '../../lib/holds/memory-hold-store.ts';
import { createMemoryNodeStore } from '../../lib/nodes/memory-node-store.ts';
import type { Node } from '../../lib/nodes/node.ts';
import { digestTemplate } from '../../lib/work/job-template.ts';
import { createMemoryCampaignStore } from '../../lib/work/memory-campaign-store.ts';
import { createMemoryPopulationStore } from '../../lib/work/memory-population-store.ts';
import { createMemoryWorkStore } from '../../lib/work/memory-work-store.ts';
import { createMemoryWorkTallies } from '../../lib/work/memory-work-tallies.ts';
import { type PopulatePorts, populateQueue } from '../../lib/work/populate-queue.ts';
import type { WorkConfig } from '../../lib/work/work-config.ts';
import { atText, createTestClock } from '../nodes/fixtures.ts';
import { makeWorkConfig } from './config-fixtures.ts';
import { makeWorker } from './work-fixture.ts';

/** A worker with a GPU that knows every template of the configuration. */
const makeGpuWorker = (
  index: number,
  config: WorkConfig,
  over: Parameters<typeof makeWorker>[1] = {},
): Node => {
  const { heartbeat, ...node } = over;
  const jobTemplates = Object.fromEntries(
    Object.entries(config.templates).map(([name, template]) => [name, digestTemplate(template)]),
  );
  return makeWorker(index, {
    capabilities: { acceptsKinds: [], trains: true, ephemeral: false, gpuCount: 1, gpuMemoryBytes: 24e9 },
    ...node,
    heartbeat: { jobTemplates, ...heartbeat },
  });
};

/** populate-queue on memory stores. */
const createPopulated = async (config = makeWorkConfig(), nodes = [makeGpuWorker(1, config)]) => {
  const clock = createTestClock();
  const nodeStore = createMemoryNodeStore();
  for (const node of nodes) await nodeStore.create(node);
  const work = createMemoryWorkStore();
  const holds = createMemoryHoldStore();
  const pauses = createMemoryPauseStore();
  const publisher = createMemoryPublisher();
  const ports: PopulatePorts = {
    campaigns: createMemoryCampaignStore(),
    nodes: nodeStore,
    work,
    tallies: createMemoryWorkTallies(work),
    populations: createMemoryPopulationStore(),
    holds,
    gate: createHoldGate({ holds, pauses, clock, warn: () => undefined }),
    publisher,
    clock,
    warn: () => undefined,
    actor: 'populate-queue',
  };
  const hold = (over: Partial<Hold> = {}): Promise<void> =>
    holds.put({
      holdId: 'h-1',
      kind: 'pause',
      scope: 'fleet',
      reason: 'test',
      setBy: 'somebody',
      setAt: atText(0),
      expiresAt: atText(3600),
      ...over,
    });
  const namesOf = (): string[] => publisher.published.map(({ name }) => name);
  return {
    clock,
    ports,
    work,
    holds,
    pauses,
    publisher,
    hold,
    namesOf,
    populate: (over: Partial<PopulatePorts> = {}) =>
      populateQueue({ ...ports, ...over }, { work: config, health: {} }),
    pending: () => work.listByStatus('pending', 'gpu'),
  };
};

export { createPopulated, makeGpuWorker };
