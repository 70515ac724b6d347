import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import * as z from 'zod';
import { onThisMachine } from './support/on-this-machine.ts';
import { type RunningProcess, startProcess } from './support/run-process.ts';
import { waitFor } from './support/wait-for.ts';

/** `npm start` as a process, as a newcomer runs it. */

/** What two cores of their own need at most. */
const READY_SECONDS = 10;
const podsSchema = z.object({ pods: z.array(z.looseObject({ id: z.string(), name: z.string() })) });
let folder: string;
let started: RunningProcess[];

const start = (...args: string[]): RunningProcess => {
  const running = startProcess(join('local', 'bin.js'), ['--port', '0', '--data', folder, ...args]);
  started.push(running);
  return running;
};

const untilReady = (running: RunningProcess): Promise<string> =>
  waitFor(
    () => (running.stdout().includes('Try, in another terminal') ? running.stdout() : undefined),
    6 * READY_SECONDS,
    () => `the banner of npm start, which wrote: ${running.stdout()} ${running.stderr()}`,
  );

/** The processes whose command line or working folder is about our folder (Linux). */
const processesOf = (path: string): string[] =>
  readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .flatMap((pid) => {
      try {
        const command = readFileSync(join('/proc', pid, 'cmdline'), 'utf8').replaceAll('\0', ' ');
        const environment = readFileSync(join('/proc', pid, 'environ'), 'utf8');
        return command.includes(path) || environment.includes(path) ? [`${pid} ${command}`] : [];
      } catch {
        // It ended while we looked.
        return [];
      }
    });

const isEnrolled = (index: number): boolean =>
  existsSync(join(folder, 'nodes', String(index), '.drover', 'identity.json'));

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'npm-start-'));
  started = [];
});

afterEach(async () => {
  for (const { child, finished } of started) {
    child.kill('SIGKILL');
    await finished;
  }
  await waitFor(() => processesOf(folder).length === 0, 15, 'the agents to end');
  rmSync(folder, { recursive: true, force: true, maxRetries: 5 });
});

describe('npm start', () => {
  it('is ready in time, says what to do next, and leaves no process after Ctrl-C', async () => {
    const limitSeconds = onThisMachine(READY_SECONDS);
    const running = start();
    const output = await untilReady(running);

    expect(output).toMatch(/^Idle nodes are terminated here after about a minute/);
    expect(output).toContain('idle nodes are terminated after 60 s');
    expect(output).toContain('--min 3');
    expect(Number(/ready in ([\d.]+) s/.exec(output)?.[1])).toBeLessThan(limitSeconds);
    expect(output).toContain('artifacts publish');
    expect(output).toContain('models promote');
    for (const provider of ['lambda-labs', 'vast', 'runpod']) expect(output).toContain(`/${provider}`);
    await waitFor(() => [1, 2, 3, 4, 5, 6].every(isEnrolled), 30, 'six agents to enrol');

    running.child.kill('SIGINT');
    const { code, stderr } = await running.finished;

    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    expect(processesOf(folder)).toEqual([]);
  });

  it('finds its state at the second start: the same nodes, the same configuration', async () => {
    const first = start('--nodes', '1', '--idle', 'observe');
    await untilReady(first);
    await waitFor(() => isEnrolled(1), 20, 'the agent to enrol');
    const identity = readFileSync(join(folder, 'nodes', '1', '.drover', 'identity.json'), 'utf8');
    first.child.kill('SIGTERM');
    expect((await first.finished).code).toBe(0);

    const second = start('--nodes', '1');
    const output = await untilReady(second);
    const log = join(folder, 'logs', 'node-1.log');
    await waitFor(() => readFileSync(log, 'utf8').includes('"again":true'), 20, 'the agent to enrol again');

    expect(output).toContain('idle nodes are only named, not terminated after 60 s');
    const nodeIdOf = (text: string): unknown => {
      const parsed: unknown = JSON.parse(text);
      return typeof parsed === 'object' && parsed !== null && 'nodeId' in parsed ? parsed.nodeId : undefined;
    };
    expect(nodeIdOf(identity)).toMatch(/^n-/);
    expect(nodeIdOf(readFileSync(join(folder, 'nodes', '1', '.drover', 'identity.json'), 'utf8'))).toBe(
      nodeIdOf(identity),
    );
  });

  it('kills the process and deletes the folder of an instance that its provider is asked to terminate', async () => {
    const running = start('--nodes', '3');
    const output = await untilReady(running);
    await waitFor(() => [1, 2, 3].every(isEnrolled), 30, 'three agents to enrol');
    const baseUrl = /http:\S+\/runpod\/v2/.exec(output)?.[0] ?? '';
    const headers = { authorization: 'Bearer simulated-key-of-runpod' };
    const { pods } = podsSchema.parse(await (await fetch(`${baseUrl}/pods`, { headers })).json());
    const [pod] = pods;
    const name = pod?.name.replace('node-', '') ?? '';
    const machine = join(folder, 'nodes', name);

    const keyFile = join(folder, 'runpod.key');
    writeFileSync(keyFile, 'simulated-key-of-runpod');
    const login = ['providers', 'login', 'runpod', '--key-file', keyFile];
    const loggedIn = await startProcess(join('cli', 'bin.js'), [
      ...['--profile', join(folder, 'profile.json')],
      ...login,
    ]).finished;
    const { status } = await fetch(`${baseUrl}/pods/${pod?.id}`, { method: 'DELETE', headers });

    expect(loggedIn).toMatchObject({ code: 0, stdout: expect.stringContaining('1 instances listed') });
    expect([pods.length, status]).toEqual([1, 204]);
    await waitFor(() => processesOf(machine).length === 0 && !existsSync(machine), 10, 'the machine to go');
    expect(existsSync(join(folder, 'machines', name))).toBe(false);
    expect(running.stdout()).not.toContain('ended');
  });

  it('takes its agents along when it is killed, and can start again at once', async () => {
    const first = start('--nodes', '2');
    await untilReady(first);
    expect(processesOf(folder).length).toBeGreaterThanOrEqual(3);
    await waitFor(() => [1, 2].every(isEnrolled), 20, 'two agents to enrol');
    first.child.kill('SIGKILL');
    await first.finished;

    const second = start('--nodes', '2');
    await untilReady(second);
    const log = join(folder, 'logs', 'node-2.log');
    await waitFor(() => readFileSync(log, 'utf8').includes('"again":true'), 20, 'the agent to enrol again');
    expect(second.stdout()).not.toContain('ended');

    second.child.kill('SIGKILL');
    await second.finished;
    await waitFor(() => processesOf(folder).length === 0, 12, 'the agents to end');
  });

  it('refuses a second start on the same folder in one line', async () => {
    const first = start('--nodes', '0');
    await untilReady(first);

    const second = await start('--nodes', '0').finished;

    expect(second.code).toBe(1);
    expect(second.stderr).toMatch(/^npm start: another npm start \(process \d+\) uses [^\n]+\n$/);
  });

  it('refuses a port that is taken in one line, and leaves nothing behind', async () => {
    const server = createServer();
    const port = await new Promise<number>((resolve) => {
      server.listen(0, '127.0.0.1', () => {
        const address = server.address();
        resolve(typeof address === 'object' && address !== null ? address.port : 0);
      });
    });

    const fresh = join(folder, 'fresh', 'data');
    const { code, stderr } = await start('--port', String(port), '--data', fresh).finished;
    const again = await start('--port', String(port)).finished;
    server.close();

    expect({ code, stderr }).toEqual({
      code: 1,
      stderr: `npm start: port ${port} is taken: stop the program that has it, or choose another with --port\n`,
    });
    expect(again.stderr).toBe(stderr);
    expect(existsSync(join(folder, 'fresh'))).toBe(false);
  });

  it('refuses a folder that it cannot write in one line', async () => {
    const file = join(folder, 'file');
    writeFileSync(file, '');

    const { code, stderr } = await start('--data', file).finished;

    expect(code).toBe(1);
    expect(stderr).toMatch(/^npm start: cannot write to the data folder [^\n]+\n$/);
  });

  it('refuses a flag that it does not know in one line', async () => {
    const { code, stderr } = await start('--colour').finished;

    expect({ code, stderr }).toEqual({
      code: 2,
      stderr: "npm start: unknown option '--colour' (npm start -- --help lists the flags)\n",
    });
  });
});
