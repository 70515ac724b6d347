import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import * as z from 'zod';
import { offerFor } from '../../../local/providers/offers.ts';
import { type Simulators, startSimulators } from '../../../local/providers/simulators.ts';
import { createAgentMachines } from '../../../local/start/agent-machines.ts';

/** Stands in for the agent: writes down who it is, and runs. */
const AGENT = `
import { writeFileSync } from 'node:fs';
writeFileSync('who.json', JSON.stringify({ pid: process.pid, ...process.env }));
process.stdin.on('end', () => process.exit(0)).resume();
setInterval(() => {}, 1000);
`;

let folder: string;
let crashes: string[];
let running: Simulators[];

/** Simulators whose machines are processes; `agent` is what runs on them. */
const open = async (agent = AGENT): Promise<Simulators> => {
  const bundle = join(folder, 'agent.mjs');
  writeFileSync(bundle, agent);
  const simulators = await startSimulators({
    dataFolder: join(folder, 'providers'),
    rateLimits: false,
    machines: createAgentMachines({
      bundle,
      nodesFolder: join(folder, 'nodes'),
      machinesFolder: join(folder, 'machines'),
      logsFolder: folder,
      pidFile: join(folder, 'agents.pid'),
      home: () => ({
        endpoint: 'http://127.0.0.1:1',
        region: 'us-east-1',
        enrolmentUrl: 'http://127.0.0.1:1/enrol/',
        joinToken: () => Promise.resolve('token'),
      }),
      agentEnvironment: { DROVER_HEARTBEAT_SECONDS: '5' },
      onCrash: ({ instanceId }, how) => crashes.push(`${instanceId} ${how}`),
    }),
  });
  running.push(simulators);
  return simulators;
};

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'machines-'));
  crashes = [];
  running = [];
});
afterEach(async () => {
  for (const simulators of running) await simulators.stop();
  rmSync(folder, { recursive: true, force: true });
});

const whoSchema = z.looseObject({ pid: z.int() });
const who = async (machine: string): Promise<z.infer<typeof whoSchema>> => {
  const file = join(folder, 'nodes', machine, 'who.json');
  await expect
    .poll(() => existsSync(file) && readFileSync(file, 'utf8') !== '', { timeout: 10_000 })
    .toBe(true);
  return whoSchema.parse(JSON.parse(readFileSync(file, 'utf8')));
};

const isAlive = (pid: number): boolean => {
  try {
    return process.kill(pid, 0);
  } catch {
    return false;
  }
};

const rent = (simulators: Simulators, provider: string) =>
  simulators.of(provider).account.rent(offerFor(provider, 0));

const destroyOverHttp = async (simulators: Simulators, provider: string, path: string): Promise<number> => {
  const { baseUrl } = simulators.of(provider);
  const headers = { authorization: `Bearer simulated-key-of-${provider}` };
  return (await fetch(`${baseUrl}${path}`, { method: 'DELETE', headers })).status;
};

describe('instances as real processes', () => {
  it('learn who they are from the environment of their provider', async () => {
    const simulators = await open();

    const vast = await rent(simulators, 'vast');
    const runpod = await rent(simulators, 'runpod');
    const lambda = await rent(simulators, 'lambda-labs');

    expect([vast.folder, runpod.folder, lambda.folder]).toEqual(['1', '2', '3']);
    const onVast = await who('1');
    expect(onVast).toMatchObject({ DROVER_PROVIDER: 'vast', CONTAINER_ID: vast.id });
    expect(onVast).not.toHaveProperty('DROVER_INSTANCE_ID');
    expect(await who('2')).toMatchObject({ DROVER_PROVIDER: 'runpod', RUNPOD_POD_ID: runpod.id });
    expect(await who('3')).toMatchObject({ DROVER_PROVIDER: 'lambda-labs', DROVER_INSTANCE_ID: lambda.id });
  });

  it('are machines of their own: no home and no programs of this computer come first', async () => {
    const simulators = await open();

    const { id } = await rent(simulators, 'vast');

    const machine = join(folder, 'machines', '1');
    expect(await who('1')).toMatchObject({
      HOME: join(machine, 'home'),
      PATH: expect.stringMatching(new RegExp(`^${join(machine, 'bin')}`)),
      DROVER_HEARTBEAT_SECONDS: '5',
    });
    expect(readFileSync(join(machine, 'gpus', 'gpu.csv'), 'utf8').split('\n')).toHaveLength(4);
    simulators.of('vast').account.setLoad(id, { sshSessions: 1 });
    await simulators.settled();
    expect(existsSync(join(machine, 'proc', '1000', 'cmdline'))).toBe(true);
  });

  it('keep what they are busy with over a restart', async () => {
    const first = await open();
    const { id } = await rent(first, 'vast');
    await who('1');
    first.of('vast').account.setLoad(id, { gpuPercent: [12, 34] });
    await first.stop();
    rmSync(join(folder, 'machines'), { recursive: true });

    const second = await open();
    await second.resume();

    const table = readFileSync(join(folder, 'machines', '1', 'gpus', 'gpu.csv'), 'utf8');
    expect(table).toMatch(/RTX 4090, .*, 12, /);
    expect(table).toMatch(/RTX 4090, .*, 34, /);
  });

  it('die with their folders when the provider is asked to terminate them', async () => {
    const simulators = await open();
    const pod = await rent(simulators, 'runpod');
    const { pid } = await who('1');

    const status = await destroyOverHttp(simulators, 'runpod', `/pods/${pod.id}`);
    await simulators.settled();

    expect(status).toBe(204);
    expect(isAlive(pid)).toBe(false);
    expect(existsSync(join(folder, 'nodes', '1'))).toBe(false);
    expect(existsSync(join(folder, 'machines', '1'))).toBe(false);
    expect(crashes).toEqual([]);
    expect((await rent(simulators, 'runpod')).folder).toBe('2');
  });

  it('keep running when the provider only says that it terminates them', async () => {
    const simulators = await open();
    const instance = await rent(simulators, 'vast');
    const { pid } = await who('1');
    simulators.of('vast').faults.inject({ fault: 'accepted-never-gone' });

    const status = await destroyOverHttp(simulators, 'vast', `/api/v0/instances/${instance.id}/`);
    await simulators.settled();

    expect(status).toBe(200);
    expect(isAlive(pid)).toBe(true);
  });

  it('end without their folder when they are stopped, and come back in it', async () => {
    const simulators = await open();
    const { account } = simulators.of('vast');
    const { id } = await rent(simulators, 'vast');
    const { pid } = await who('1');

    account.stop(id);
    await simulators.settled();
    const stopped = { alive: isAlive(pid), folder: existsSync(join(folder, 'nodes', '1')) };
    account.start(id);
    await simulators.settled();

    expect(stopped).toEqual({ alive: false, folder: true });
    await expect.poll(async () => (await who('1')).pid, { timeout: 10_000 }).not.toBe(pid);
  });

  it('come back after a restart of the simulators, and the bill went on', async () => {
    const first = await open();
    const { id } = await rent(first, 'vast');
    const gone = await rent(first, 'vast');
    const { pid } = await who('1');
    await who('2');
    first.of('vast').account.terminate(gone.id);
    await first.stop();
    const stopped = isAlive(pid);

    const second = await open();
    await second.resume();

    expect(stopped).toBe(false);
    expect(second.of('vast').account.listed()).toMatchObject([{ id, folder: '1' }]);
    await expect.poll(async () => (await who('1')).pid, { timeout: 10_000 }).not.toBe(pid);
    expect(
      second
        .of('vast')
        .account.bill()
        .instances.map((row) => row.id),
    ).toEqual([id, gone.id]);
  });

  it('are reported when they crash by themselves', async () => {
    const simulators = await open('process.exit(3)');

    const { id } = await rent(simulators, 'vast');

    await expect.poll(() => crashes, { timeout: 10_000 }).toEqual([`${id} exit code 3`]);
  });
});
