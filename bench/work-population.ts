import { known } from '../lib/health/reading.ts';
import { type Node, nodeSchema } from '../lib/nodes/node.ts';
import { addSeconds, toTimestamp } from '../lib/time.ts';
import { decidePopulation } from '../lib/work/decide-population.ts';
import { digestTemplate } from '../lib/work/job-template.ts';
import type { Population } from '../lib/work/population.ts';
import { capacityOf } from '../lib/work/work-capacity.ts';
import { type WorkConfig, workConfigSchema } from '../lib/work/work-config.ts';
import { createTallyCounter } from '../lib/work/work-tally.ts';

/** One cycle of populate-queue, from what was read to what is made: reading and writing are not timed. */
const CAMPAIGNS = 1000;
const NODES = 10_000;
/** Jobs that end within the two hours of the horizon, and so should wait. */
const DRAINED = 20_000;
const TEMPLATES = 20;
const RUNS = 7;
const LIMIT_MILLISECONDS = 1000;
const STARTED = new Date('2026-11-23T00:00:00.000Z');

const TYPES = ['selfplay', 'training', 'tournament'] as const;
const SHARES = [0.6, 0.3, 0.1] as const;

const config: WorkConfig = workConfigSchema.parse({
  templates: Object.fromEntries(
    Array.from({ length: TEMPLATES }, (_, index) => [
      `t${index}`,
      {
        jobType: TYPES[index % TYPES.length],
        command: ['run', `--template=${index}`],
        requires: { gpus: index % 2, ...(index % 4 === 1 ? { gpuMemoryGigabytes: 40 } : {}) },
      },
    ]),
  ),
  campaigns: Object.fromEntries(
    Array.from({ length: CAMPAIGNS }, (_, index) => [
      `c${index}`,
      {
        weight: 1 + (index % 7),
        target: { metric: 'elo', value: 2000 },
        mix: SHARES.map((share, at) => ({ template: `t${(index * SHARES.length + at) % TEMPLATES}`, share })),
      },
    ]),
  ),
  nodePolicies: [
    { match: ['role=cpu', 'gpu=*3090*'], deny: ['training'] },
    { match: ['provider=vast'], allow: [...TYPES] },
    { match: ['n-0*', 'gpu=*H100*'] },
  ],
  jobTypes: { training: { maximum: 30_000 } },
  maximumDepth: 100_000,
  backpressure: { trainingBacklog: 100_000 },
});

const jobTemplates = Object.fromEntries(
  Object.entries(config.templates).map(([name, template]) => [name, digestTemplate(template)]),
);

const nodeOf = (index: number): Node =>
  nodeSchema.parse({
    nodeId: `n-${index.toString(16).padStart(12, '0')}`,
    provider: index % 2 === 0 ? 'vast' : 'runpod',
    instanceId: String(index),
    labels: { site: `s${index % 10}` },
    capabilities: { gpuCount: index % 5 === 0 ? 0 : 8, gpuMemoryBytes: index % 3 === 0 ? 80e9 : 24e9 },
    lifecycle: 'active',
    enrolledAt: toTimestamp(STARTED),
    bootId: 'boot-1',
    queueName: `drover-bench-node-${index}`,
    heartbeatAt: toTimestamp(STARTED),
    heartbeat: {
      agentVersion: '0.1.0',
      uptimeSeconds: 1,
      mode: 'active',
      slots: { total: 4, free: 1 },
      jobTemplates,
      gpus: [{ index: 0, name: index % 3 === 0 ? 'NVIDIA H100' : 'RTX 3090' }],
      disk: { totalBytes: 100, freeBytes: 50, usedPercent: 50 },
      unflushedBytes: 1000,
      runningCommandIds: [],
      activeTransfers: 0,
    },
    health: { state: 'healthy', since: toTimestamp(STARTED), reasons: ['beating'] },
    revision: 0,
  });

/** Half of what should wait does. */
const tallyOf = () => {
  const counter = createTallyCounter();
  for (let index = 0; index < DRAINED / 2; index += 1) {
    const template = `t${(index * 7) % TEMPLATES}`;
    counter.add({
      campaignId: `c${index % CAMPAIGNS}`,
      template,
      jobType: config.templates[template]?.jobType ?? '',
      class: index % 2 === 0 ? 'cpu' : 'gpu',
      status: 'pending',
    });
  }
  return counter.result();
};

const nodes = Array.from({ length: NODES }, (_, index) => nodeOf(index));
const tally = tallyOf();
const drained = { cpu: DRAINED / 2, gpu: DRAINED / 4, 'gpu-large': DRAINED / 4 };
let before: Population | undefined;
const times: { capacity: number; decision: number; made: number }[] = [];
for (let run = 0; run < RUNS; run += 1) {
  const now = addSeconds(STARTED, run);
  const began = performance.now();
  const context = {
    policies: config.nodePolicies,
    isHeld: () => false,
    paused: false,
    fullDiskPercent: 93,
    now,
  };
  const capacity = capacityOf(nodes, config, context);
  const counted = performance.now();
  const facts = {
    config,
    states: [],
    depth: known({ tally, drained }),
    capacity: known(capacity),
    brake: undefined,
    isHeld: () => false,
    before,
  };
  const { evidence, requests } = decidePopulation(facts, now);
  const ended = performance.now();
  before = { ...evidence, revision: run + 1 };
  const made = requests.reduce((sum, { count }) => sum + count, 0);
  times.push({ capacity: counted - began, decision: ended - counted, made });
}

const worst = (key: 'capacity' | 'decision'): number => Math.max(...times.map((time) => time[key]));
const median = (key: 'capacity' | 'decision'): number =>
  times.map((time) => time[key]).sort((a, b) => a - b)[Math.floor(RUNS / 2)] ?? Number.NaN;
const line = (what: string, key: 'capacity' | 'decision'): string =>
  `${what.padEnd(40)} median ${median(key).toFixed(0).padStart(5)} ms, worst ${worst(key).toFixed(0).padStart(5)} ms`;
const whole = worst('capacity') + worst('decision');

process.stdout.write(
  [
    `${CAMPAIGNS} campaigns, ${NODES} nodes, ${TEMPLATES} templates, ${RUNS} cycles; ${times[0]?.made} jobs made in the first`,
    line('what the nodes can take', 'capacity'),
    line('how much is made, and for whom', 'decision'),
    `together at worst ${whole.toFixed(0)} ms of ${LIMIT_MILLISECONDS} ms: ${whole < LIMIT_MILLISECONDS ? 'kept' : 'NOT kept'}`,
    '',
  ].join('\n'),
);
if (whole >= LIMIT_MILLISECONDS) process.exitCode = 1;
