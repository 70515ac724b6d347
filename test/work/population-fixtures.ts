import { known, type Reading } from '../../lib/health/reading.ts';
import type { NextPopulation, Population } from '../../lib/work/population.ts';
import type { PopulationFacts, QueueDepth } from '../../lib/work/population-facts.ts';
import type { WorkCapacity } from '../../lib/work/work-capacity.ts';
import type { WorkConfig } from '../../lib/work/work-config.ts';
import type { WorkCounts } from '../../lib/work/work-store.ts';
import type { TallyRow } from '../../lib/work/work-tally.ts';
import { makeWorkConfig } from './config-fixtures.ts';

const counts = (over: Partial<WorkCounts> = {}): WorkCounts => ({ cpu: 0, gpu: 0, 'gpu-large': 0, ...over });

/** What is open of a template for the campaign hex8. */
const row = (template: string, waiting: number, running = 0, over: Partial<TallyRow> = {}): TallyRow => ({
  campaignId: 'hex8',
  template,
  jobType: template,
  class: 'gpu',
  waiting,
  running,
  ...over,
});

const makeDepth = (rows: readonly TallyRow[] = [], drained: Partial<WorkCounts> = {}): QueueDepth => {
  const pending = { cpu: 0, gpu: 0, 'gpu-large': 0 };
  for (const { class: workClass, waiting } of rows) pending[workClass] += waiting;
  return { tally: { rows, pending }, drained: counts(drained) };
};

/** Ten nodes with GPUs, which can take every template; all of them busy. */
const makeCapacity = (config: WorkConfig, over: Partial<WorkCapacity> = {}): WorkCapacity => ({
  classes: {
    cpu: { nodes: 10, freeSlots: 0 },
    gpu: { nodes: 10, freeSlots: 0 },
    'gpu-large': { nodes: 0, freeSlots: 0 },
  },
  templates: new Map(Object.keys(config.templates).map((name) => [name, 10])),
  unsynced: { bytes: 0, nodes: 10 },
  disks: { full: 0, nodes: 10 },
  ...over,
});

interface FactsChange extends Partial<Omit<PopulationFacts, 'depth' | 'capacity'>> {
  readonly depth?: QueueDepth | Reading<QueueDepth>;
  readonly capacity?: Partial<WorkCapacity> | Reading<WorkCapacity>;
}

const makeFacts = (change: FactsChange = {}): PopulationFacts => {
  const config = change.config ?? makeWorkConfig();
  const { depth = makeDepth(), capacity = {} } = change;
  return {
    states: [],
    brake: undefined,
    isHeld: () => false,
    before: undefined,
    ...change,
    config,
    depth: 'known' in depth ? depth : known(depth),
    capacity: 'known' in capacity ? capacity : known(makeCapacity(config, capacity)),
  };
};

/** As the store answers it. */
const stored = (next: NextPopulation, revision = 1): Population => ({ ...next, revision });

export { counts, makeCapacity, makeDepth, makeFacts, row, stored };
