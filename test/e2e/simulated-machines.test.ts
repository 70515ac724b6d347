import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { FUNCTIONS, resourceName } from '../../lib/constants.ts';
import type { Node } from '../../lib/nodes/node.ts';
import { simulatedKey } from '../../local/providers/simulator.ts';
import { LOCAL_STAGE } from '../../local/synth.ts';
import { identityOf } from './support/fleet.ts';
import { createOperator, type Operator } from './support/operator.ts';
import { type ProvidersProcess, startProvidersProcess } from './support/providers-process.ts';
import type { ShownInstance } from './support/sim-client.ts';
import { temporaryFolder } from './support/temporary-folder.ts';
import { waitFor } from './support/wait-for.ts';

/** What agents say of simulated machines, and what is left of both when all of it is killed at once. */

const folder = temporaryFolder('simulated-machines');
const agentEnvironment = { DROVER_HEARTBEAT_SECONDS: '1' };
let booted: ProvidersProcess;
let operator: Operator;
let instance: ShownInstance;

const nodeOf = async ({ folder: name }: ShownInstance): Promise<Node | undefined> => {
  const nodeId = identityOf(join(folder, 'nodes', name))?.nodeId;
  return nodeId === undefined ? undefined : operator.stores.nodes.get(nodeId);
};

type Heartbeat = NonNullable<Node['heartbeat']>;

/** The node, at its first heartbeat like this. */
const untilBeat = (isLike: (heartbeat: Heartbeat) => boolean, what: string): Promise<Node> =>
  waitFor(
    async () => {
      const node = await nodeOf(instance);
      return node?.heartbeat !== undefined && isLike(node.heartbeat) ? node : undefined;
    },
    30,
    `a heartbeat with ${what}`,
  );

const untilGpus = (...percents: readonly number[]): Promise<Node> =>
  untilBeat(
    ({ gpus = [] }) => gpus.map(({ utilizationPercent }) => utilizationPercent).join() === percents.join(),
    `GPUs at ${percents}`,
  );

beforeAll(async () => {
  booted = await startProvidersProcess(folder, agentEnvironment);
  operator = createOperator(booted.cloud);
  instance = await booted.sim.rent('vast');
}, 120_000);
afterAll(async () => {
  await booted?.stop();
});

describe('a simulated machine', () => {
  it('is idle at first, with the GPUs that were rented', async () => {
    const node = await untilBeat(({ cpuPercent }) => cpuPercent !== undefined, 'a reading of the CPU');

    expect(node.capabilities.gpuCount).toBe(2);
    expect(node.heartbeat).toMatchObject({
      gpus: [{ utilizationPercent: 0 }, { utilizationPercent: 0 }],
      cpuPercent: 0,
      sshSessions: 0,
      probe: { verdict: 'idle' },
    });
    expect(node.heartbeat?.gpus?.[0]).toMatchObject({
      name: 'NVIDIA GeForce RTX 4090',
      memoryTotalBytes: 24_564 * 1024 * 1024,
    });
  });

  it('is as busy as it is told to be, for its agent and for its provider', async () => {
    await booted.sim.setLoad('vast', instance.id, { gpuPercent: [3, 91] });

    await untilGpus(3, 91);
    await booted.tick(resourceName(LOCAL_STAGE, `${FUNCTIONS.reconcileInstances}-vast`));

    const { instances, requests } = await booted.sim.look('vast');
    expect(instances).toMatchObject([{ id: instance.id, load: { gpuPercent: [3, 91] } }]);
    expect(requests.byOperation['list']).toBeGreaterThan(0);
  });

  it('shows logins, CPU time and the word of a probe, and hides what nvidia-smi cannot tell', async () => {
    await booted.sim.setLoad('vast', instance.id, {
      cpuPercent: 60,
      sshSessions: 2,
      probe: 'evaluating',
      gpuFields: { 'temperature.gpu': '[N/A]' },
    });

    const { heartbeat } = await untilBeat(
      ({ cpuPercent = 0, sshSessions }) => cpuPercent > 30 && sshSessions === 2,
      'two logins and a busy CPU',
    );

    expect(heartbeat?.probe?.verdict).toBe('busy');
    expect(heartbeat?.gpus?.[0]).not.toHaveProperty('temperatureCelsius');
  });

  it('is the same node with the same load after all of it was killed at once', async () => {
    const before = await nodeOf(instance);
    await booted.kill();

    booted = await startProvidersProcess(folder, agentEnvironment);
    operator = createOperator(booted.cloud);
    const killedAt = before?.heartbeatAt ?? '';
    const after = await waitFor(
      async () => {
        const node = await nodeOf(instance);
        return (node?.heartbeatAt ?? '') > killedAt ? node : undefined;
      },
      30,
      'a heartbeat after the restart',
    );

    expect(after.nodeId).toBe(before?.nodeId);
    expect(after.heartbeat?.gpus).toMatchObject([{ utilizationPercent: 3 }, { utilizationPercent: 91 }]);
  });

  it('is gone with its folders when its provider ends it, asked once', async () => {
    const asked = await booted.sim.terminations('vast', instance.id);

    const { status } = await fetch(
      `${(await booted.sim.look('vast')).baseUrl}/api/v0/instances/${instance.id}/`,
      {
        method: 'DELETE',
        headers: { authorization: `Bearer ${simulatedKey('vast')}` },
      },
    );

    expect([asked, status]).toEqual([0, 200]);
    expect(await booted.sim.terminations('vast', instance.id)).toBe(1);
    await waitFor(
      () => ['nodes', 'machines'].every((name) => !existsSync(join(folder, name, instance.folder))),
      10,
      'both folders to go',
    );
    expect((await booted.sim.look('vast')).instances).toEqual([]);
  });
});
