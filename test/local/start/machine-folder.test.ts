import { execFile } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { idleLoad, type Load } from '../../../local/providers/load.ts';
import { offerFor } from '../../../local/providers/offers.ts';
import { type MachineFolder, openMachineFolder } from '../../../local/start/machine-folder.ts';

const run = promisify(execFile);
const FORMAT = '--format=csv,noheader,nounits';
let folder: string;
let monotonicMs: number;

const open = (load: Partial<Load> = {}, provider = 'runpod'): MachineFolder =>
  openMachineFolder({
    folder,
    dataFolder: '/data/1',
    offer: offerFor(provider, 0),
    load: { ...idleLoad, ...load },
    now: () => 0,
    monotonicMs: () => monotonicMs,
  });

const smi = async (...args: string[]): Promise<string> =>
  (await run(join(folder, 'bin', 'nvidia-smi'), args)).stdout;

const usageMicroseconds = (): number =>
  Number(/^usage_usec (\d+)$/m.exec(readFileSync(join(folder, 'cgroup', 'cpu.stat'), 'utf8'))?.[1]);

const titles = (): string[] =>
  readdirSync(join(folder, 'proc'))
    .toSorted((left, right) => Number(left) - Number(right))
    .map((pid) => readFileSync(join(folder, 'proc', pid, 'cmdline'), 'utf8'));

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'machine folder-'));
  monotonicMs = 5000;
});
afterEach(() => {
  rmSync(folder, { recursive: true, force: true });
});

describe('nvidia-smi of a simulated machine', () => {
  it('answers for the GPUs that were rented, with the fields in the order that was asked', async () => {
    open({ gpuPercent: [3, 98] });

    const rows = await smi('--query-gpu=index,name,utilization.gpu,memory.used,memory.total', FORMAT);
    const other = await smi(
      '--query-gpu=temperature.gpu,index,ecc.errors.uncorrected.volatile.total,pci.bus_id',
      FORMAT,
    );

    expect(rows).toBe(
      '0, NVIDIA A100-SXM4-80GB, 3, 65536, 81920\n1, NVIDIA A100-SXM4-80GB, 98, 65536, 81920\n',
    );
    expect(other).toBe('34, 0, 0, 00000000:01:00.0\n72, 1, 0, 00000000:02:00.0\n');
  });

  it('answers for remapped rows', async () => {
    open();

    expect(await smi('--query-remapped-rows=gpu_bus_id,remapped_rows.failure', FORMAT)).toBe(
      '00000000:01:00.0, 0\n00000000:02:00.0, 0\n',
    );
  });

  it('says what a consumer GPU does not tell', async () => {
    open({}, 'vast');

    expect(await smi('--query-gpu=name,ecc.errors.uncorrected.volatile.total', FORMAT)).toBe(
      'NVIDIA GeForce RTX 4090, [N/A]\nNVIDIA GeForce RTX 4090, [N/A]\n',
    );
  });

  it('refuses a field that it does not know, on standard output, as the real one does', async () => {
    open();

    await expect(
      smi('--query-gpu=index,clocks_throttle_reasons.hw_thermal_slowdown', FORMAT),
    ).rejects.toMatchObject({
      code: 2,
      stdout: expect.stringContaining(
        'Field "clocks_throttle_reasons.hw_thermal_slowdown" is not a valid field to query.',
      ),
    });
  });

  it.each([
    ['no query', [FORMAT]],
    ['another format', ['--query-gpu=index', '--format=csv']],
    ['another query', ['--query-compute-apps=pid', FORMAT]],
    ['an unknown flag', ['--query-gpu=index', FORMAT, '--loop=1']],
  ])('refuses %s', async (_what, args) => {
    open();

    await expect(smi(...args)).rejects.toMatchObject({ code: 2 });
  });

  it('follows the load, and what it is told to say instead', async () => {
    const machine = open({ gpuPercent: 90 });

    machine.setLoad({ ...idleLoad, gpuFields: { 'temperature.gpu': '95', 'utilization.gpu': '[N/A]' } });

    expect(await smi('--query-gpu=index,utilization.gpu,memory.used,temperature.gpu', FORMAT)).toBe(
      '0, [N/A], 4, 95\n1, [N/A], 4, 95\n',
    );
  });

  it('leaves the kernel log of the real computer closed', async () => {
    open();

    await expect(run(join(folder, 'bin', 'dmesg'))).rejects.toMatchObject({
      stderr: expect.stringContaining('Operation not permitted'),
    });
  });
});

describe('the folder of a simulated machine', () => {
  it('counts CPU time by the load, and none while it is idle', () => {
    const machine = open({ cpuPercent: 50 });

    monotonicMs += 10_000;
    machine.advance();
    const busy = usageMicroseconds();
    machine.setLoad(idleLoad);
    monotonicMs += 60_000;
    machine.advance();

    // Half of one core for ten seconds.
    expect([busy, usageMicroseconds()]).toEqual([5_000_000, 5_000_000]);
    expect(readFileSync(join(folder, 'cgroup', 'cpu.max'), 'utf8')).toBe('100000 100000\n');
  });

  it('shows a process for each login, beside the first one', () => {
    const machine = open({ sshSessions: 2 });

    const before = titles();
    machine.setLoad({ ...idleLoad, sshSessions: 1 });

    expect(before).toEqual(['/sbin/init\0', 'sshd: user@pts/0\0', 'sshd: user@pts/1\0']);
    expect(titles()).toEqual(['/sbin/init\0', 'sshd: user@pts/0\0']);
  });

  it('is all that the agent is told of: no home, processes or CPU of this computer', () => {
    const { environment } = open();

    expect(environment).toMatchObject({
      HOME: join(folder, 'home'),
      DROVER_PROC: join(folder, 'proc'),
      DROVER_CGROUP: join(folder, 'cgroup'),
      DROVER_DATA_PATHS: `/data/1:${join(folder, 'home')}`,
    });
    expect(environment['PATH']?.startsWith(join(folder, 'bin'))).toBe(true);
  });
});
