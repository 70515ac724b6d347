import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { ReachableCloud } from '../../local/cloud.ts';
import { freePort, startCloudProcess } from './support/cloud-process.ts';
import { promote, publish } from './support/drover.ts';
import { startFleet, stopFleet, type TestNode } from './support/fleet.ts';
import { makeFile, sha256Of } from './support/make-file.ts';
import { createOperator, type Operator } from './support/operator.ts';
import type { RunningProcess } from './support/run-process.ts';
import { temporaryFolder } from './support/temporary-folder.ts';
import { untilVerified } from './support/until-verified.ts';
import { waitFor } from './support/wait-for.ts';

const BYTES = 60_000_000;
/** Five seconds for the file: the cloud goes away in the middle. */
const env = { DROVER_BANDWIDTH_BYTES_PER_SECOND: '12000000' };
const folder = temporaryFolder('restart');
const dataFolder = join(folder, 'cloud');
let port: number;
let cloud: ReachableCloud;
let running: RunningProcess;
let operator: Operator;
let nodes: TestNode[];

beforeAll(async () => {
  port = await freePort();
  ({ cloud, running } = await startCloudProcess(dataFolder, port));
  operator = createOperator(cloud);
  nodes = await startFleet(cloud, operator, join(folder, 'nodes'), { one: env, two: env });
});
afterAll(async () => {
  await stopFleet(nodes);
  running?.child.kill('SIGTERM');
  await running?.finished;
});

const distribute = async (version: string): Promise<string> => {
  const file = join(folder, 'm.pth');
  const sha256 = makeFile(file, BYTES);
  await publish(cloud, { file, kind: 'model', name: 'm', version });
  await promote(cloud, `m@${version}`);
  const isBegun = ({ dataFolder }: TestNode): boolean =>
    existsSync(join(dataFolder, 'models', 'm', version, `.m.pth.${sha256.slice(0, 8)}.partial`));
  await waitFor(() => nodes.every(isBegun), 20, 'both agents to begin');
  const rows = await operator.stores.deliveries.listByArtifact(sha256);
  expect(rows.filter(({ state }) => state === 'verified')).toEqual([]);
  return sha256;
};

const expectDelivered = async (sha256: string, version: string): Promise<void> => {
  await untilVerified(operator, sha256, nodes, 60);
  for (const node of nodes) {
    expect(await sha256Of(join(node.dataFolder, 'models', 'm', version, 'm.pth'))).toBe(sha256);
  }
  const rows = await operator.stores.deliveries.listByArtifact(sha256);
  expect(rows.map(({ nodeId }) => nodeId).toSorted()).toEqual(nodes.map(({ nodeId }) => nodeId).toSorted());
  const [distribution, ...others] = await operator.stores.distributions.listByArtifact(sha256);
  expect(others).toEqual([]);
  await waitFor(
    async () => {
      const now = await operator.stores.distributions.get(distribution?.distributionId ?? '');
      return now?.state === 'completed' && now.announcedAt !== undefined;
    },
    90,
    'the distribution to be announced as completed',
  );
};

describe('the embedded cloud, killed in the middle of a distribution', () => {
  it('completes it after its next start on the same data, with the agents that lived through it', async () => {
    const sha256 = await distribute('1');
    running.child.kill('SIGKILL');
    await running.finished;
    ({ cloud, running } = await startCloudProcess(dataFolder, port));
    operator = createOperator(cloud);

    await expectDelivered(sha256, '1');
    expect(nodes.every(({ agent }) => agent.isRunning())).toBe(true);
  });

  it('completes it when the agents were killed as well', async () => {
    const sha256 = await distribute('2');
    running.child.kill('SIGKILL');
    await Promise.all([running.finished, ...nodes.map(({ agent }) => agent.kill())]);
    ({ cloud, running } = await startCloudProcess(dataFolder, port));
    operator = createOperator(cloud);
    const before = nodes.map(({ nodeId }) => nodeId);
    nodes = await startFleet(cloud, operator, join(folder, 'nodes'), { one: env, two: env });

    expect(nodes.map(({ nodeId }) => nodeId)).toEqual(before);
    await expectDelivered(sha256, '2');
  });
});
