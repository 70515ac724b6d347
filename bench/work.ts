import { createClients } from '../cli/clients.ts';
import { createStores } from '../cli/stores.ts';
import { OUTPUTS } from '../lib/constants.ts';
import { systemClock } from '../lib/time.ts';
import { startCloud } from '../local/cloud.ts';
import { profileOf } from '../local/start/write-profile.ts';
import { synthesize } from '../local/synth.ts';
import { type BenchNode, joinAsNode } from './dispatch/bench-node.ts';
import { until } from './dispatch/until.ts';
import { percentile } from './percentiles.ts';
import { createBareQueue } from './work/bare-queue.ts';
import { type Round, runJobs, TEMPLATE } from './work/run-jobs.ts';

/**
 * `npm run bench:work [-- rounds]`: jobs per second that the control plane gives to nodes, and that it takes as done, beside bare SQS
 * messages on the same emulator in the same rounds, with as many at once.
 */
const NODES = 10;
const SLOTS = 20;
const JOBS = NODES * SLOTS;
const WARM_UP_ROUNDS = 1;
const rounds = Number(process.argv[2] ?? 5);
if (!Number.isInteger(rounds) || rounds < 1)
  throw new RangeError(`${process.argv[2]} is no number of rounds: give a whole number, at least 1`);

const cloud = await startCloud({ assemblyFolder: await synthesize(), schedules: false });
try {
  const profile = profileOf(cloud);
  const clients = createClients(profile);
  const stores = createStores(clients, profile);
  const bareQueue = await createBareQueue(clients.sqs);

  const beat = (node: BenchNode): Promise<void> =>
    node.report({
      type: 'heartbeat',
      heartbeat: {
        agentVersion: 'bench',
        uptimeSeconds: 1,
        mode: 'active',
        disk: { totalBytes: 1e12, freeBytes: 9e11, usedPercent: 10 },
        slots: { total: SLOTS, free: SLOTS },
        jobTemplates: { [TEMPLATE]: 'own' },
        runningCommandIds: [],
        activeTransfers: 0,
      },
    });
  const join = async (index: number): Promise<BenchNode> => {
    const node = await joinAsNode(cloud, cloud.outputs[OUTPUTS.enrolmentUrl] ?? '', `bench-${index}`);
    await beat(node);
    await until('a node to be active and healthy', async () => {
      const found = await stores.nodes.get(node.nodeId);
      if (found?.lifecycle !== 'active') return false;
      const since = systemClock.now().toISOString();
      return stores.nodes.recordHealth(node.nodeId, found.revision, {
        state: 'healthy',
        since,
        reasons: ['beating'],
      });
    });
    return node;
  };
  const nodes: BenchNode[] = [];
  for (let index = 0; index < NODES; index += 1) nodes.push(await join(index));

  const bare: number[] = [];
  const drover: Round[] = [];
  for (let round = 1 - WARM_UP_ROUNDS; round <= rounds; round += 1) {
    const start = performance.now();
    await bareQueue.pass(JOBS, NODES);
    const seconds = (performance.now() - start) / 1000;
    await Promise.all(nodes.map(beat));
    const jobs = await runJobs(stores, nodes, SLOTS);
    if (round > 0) {
      bare.push(seconds);
      drover.push(jobs);
    }
  }

  const line = (what: string, seconds: readonly number[]): string => {
    const median = percentile(seconds, 0.5);
    const perSecond = (JOBS / median).toFixed(0).padStart(6);
    const ratio = (median / percentile(bare, 0.5)).toFixed(1).padStart(5);
    return `${what.padEnd(48)} ${perSecond} per second   ${ratio} × the time of bare`;
  };
  console.log(`${rounds} rounds of ${JOBS} jobs on ${NODES} nodes, everything on this machine\n`);
  console.log(line('bare SQS: sent, received and deleted', bare));
  console.log(
    line(
      'claimed: leased, and in the hands of a node',
      drover.map(({ claimSeconds }) => claimSeconds),
    ),
  );
  console.log(
    line(
      'completed: reported, taken, and the slot free',
      drover.map(({ completeSeconds }) => completeSeconds),
    ),
  );
} finally {
  await cloud.stop();
}
