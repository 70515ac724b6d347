import { OUTPUTS } from '../lib/constants.ts';
import { startCloud } from '../local/cloud.ts';
import { synthesize } from '../local/synth.ts';
import { createBareQueue } from './dispatch/bare-queue.ts';
import { joinAsNode } from './dispatch/bench-node.ts';
import { countRequests } from './dispatch/count-requests.ts';
import { deliverModel, type Setting } from './dispatch/deliver-model.ts';
import { createOperatorClients } from './dispatch/operator-clients.ts';
import { until } from './dispatch/until.ts';
import { percentile } from './percentiles.ts';

/**
 * `npm run bench:dispatch [-- rounds]`: milliseconds from PutEvents to the command in the agent's hands, beside one bare SQS
 * hop on the same emulator in the same rounds, and the AWS calls that one delivery costs.
 */
const WARM_UP_ROUNDS = 10;
const rounds = Number(process.argv[2] ?? 100);
if (!Number.isInteger(rounds) || rounds < 1) {
  throw new RangeError(`${process.argv[2]} is no number of rounds: give a whole number, at least 1`);
}

const cloud = await startCloud({ assemblyFolder: await synthesize(), schedules: false });
const counter = countRequests();
try {
  const clients = createOperatorClients(cloud);
  const bareQueue = await createBareQueue(clients.sqs);
  const node = await joinAsNode(cloud, cloud.outputs[OUTPUTS.enrolmentUrl] ?? '');
  await node.report({
    type: 'heartbeat',
    heartbeat: {
      agentVersion: 'bench',
      uptimeSeconds: 1,
      mode: 'active',
      disk: { totalBytes: 1e12, freeBytes: 9e11, usedPercent: 10 },
      slots: { total: 1, free: 1 },
      runningCommandIds: [],
      activeTransfers: 0,
    },
  });
  await until('the activation of the node', async () => {
    const { lifecycle } = (await clients.nodes.get(node.nodeId)) ?? {};
    return lifecycle === 'active';
  });

  const setting: Setting = { clients, node, eventBusName: cloud.outputs[OUTPUTS.eventBusName] ?? '' };
  const bare: number[] = [];
  const canonical: number[] = [];
  const routed: number[] = [];
  const calls = new Map<string, number>();
  for (let round = 1 - WARM_UP_ROUNDS; round <= rounds; round += 1) {
    const version = round + WARM_UP_ROUNDS;
    const hop = await bareQueue.hop();
    const direct = await deliverModel(setting, 'drover.bench', 'direct', version);
    counter.reset();
    const viaRouter = await deliverModel(setting, 'bench.pipeline', 'routed', version);
    if (round > 0) {
      bare.push(hop);
      canonical.push(direct);
      routed.push(viaRouter);
      for (const [call, count] of counter.counts()) {
        calls.set(call, (calls.get(call) ?? 0) + count);
      }
    }
  }

  const line = (what: string, samples: readonly number[]): string => {
    const [p50, p99] = [percentile(samples, 0.5), percentile(samples, 0.99)];
    const ratio = (p50 / percentile(bare, 0.5)).toFixed(1);
    return `${what.padEnd(44)} p50 ${p50.toFixed(1).padStart(7)} ms   p99 ${p99.toFixed(1).padStart(7)} ms   ${ratio.padStart(5)} × bare`;
  };
  console.log(`${rounds} rounds, one node, everything on this machine\n`);
  console.log(line('bare SQS send → receive', bare));
  console.log(line('event of Drover → command in the hands', canonical));
  console.log(line("pipeline's event → command in the hands", routed));
  const total = [...calls.values()].reduce((sum, count) => sum + count, 0);
  console.log(
    `\nAWS calls per delivery, from the pipeline's event to the closing event: ${(total / rounds).toFixed(1)}`,
  );
  for (const [call, count] of [...calls].toSorted(([, one], [, other]) => other - one)) {
    console.log(`  ${(count / rounds).toFixed(2).padStart(6)}  ${call}`);
  }
} finally {
  counter.stop();
  await cloud.stop();
}
