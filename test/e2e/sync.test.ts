import { createHash, randomBytes } from 'node:crypto';
import { mkdirSync, readdirSync, realpathSync, rmSync, writeFileSync } from 'node:fs';
import { createConnection } from 'node:net';
import { join } from 'node:path';
import { GetObjectCommand } from '@aws-sdk/client-s3';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { socketPlace } from '../../agent/sync/socket-path.ts';
import { type Artifact, artifactKey } from '../../lib/artifacts/artifact.ts';
import type { ReachableCloud } from '../../local/cloud.ts';
import { freePort, startCloudProcess } from './support/cloud-process.ts';
import { startFleet, stopFleet, type TestNode } from './support/fleet.ts';
import { createOperator, type Operator } from './support/operator.ts';
import { runCli } from './support/run-cli.ts';
import { type RunningProcess, startProcess } from './support/run-process.ts';
import { temporaryFolder } from './support/temporary-folder.ts';
import { waitFor } from './support/wait-for.ts';

const BYTES = 20_000;
/** What an ephemeral node may be behind. */
const BEHIND_SECONDS = 5;
/** Messages that a function takes at once. */
const BATCH = 10;
const folder = temporaryFolder('sync');
const dataFolder = join(folder, 'cloud');
const work = join(folder, 'work');
const env = { DROVER_EPHEMERAL: '1', DROVER_DATA_PATHS: work };
let port: number;
let cloud: ReachableCloud;
let running: RunningProcess;
let operator: Operator;
let node: TestNode;

const startCloud = async (): Promise<void> => {
  ({ cloud, running } = await startCloudProcess(dataFolder, port));
  operator = createOperator(cloud);
};
const killCloud = async (): Promise<void> => {
  running.child.kill('SIGKILL');
  await running.finished;
};
const startNode = async (): Promise<void> => {
  const [started] = await startFleet(cloud, operator, join(folder, 'nodes'), { one: env });
  if (started === undefined) throw new Error('there is no node');
  node = started;
};

beforeAll(async () => {
  mkdirSync(work);
  port = await freePort();
  await startCloud();
  await startNode();
});
afterAll(async () => {
  await stopFleet(node === undefined ? [] : [node]);
  running?.child.kill('SIGTERM');
  await running?.finished;
});

interface Acknowledged {
  readonly sha256: string;
  readonly at: number;
}

/** As the program does, without its start: a producer that puts ten times a second. */
const putBySocket = async (path: string): Promise<boolean> =>
  await new Promise((resolve) => {
    const place = socketPlace(realpathSync(node.dataFolder), process.getuid?.() ?? 0);
    let answer = '';
    const socket = createConnection(place.path, () =>
      socket.write(`${JSON.stringify({ type: 'put', path, kind: 'games', name: 'hex8_2p' })}\n`),
    );
    socket.on('data', (chunk) => {
      answer += String(chunk);
    });
    socket.on('error', () => resolve(false));
    socket.on('close', () => resolve(answer.includes('"taken"')));
  });
const putByProgram = async (path: string): Promise<boolean> => {
  const args = ['put', path, '--kind', 'games', '--name', 'hex8_2p', '--data', node.dataFolder];
  return (await startProcess('agent/main.ts', args).finished).code === 0;
};

/** Makes a file, puts it, and clears up after itself; undefined when the put was not acknowledged. */
const produce = async (index: number): Promise<Acknowledged | undefined> => {
  const content = randomBytes(BYTES);
  const file = join(work, `games-${index}.db`);
  writeFileSync(file, content);
  const sha256 = createHash('sha256').update(content).digest('hex');
  await new Promise((resolve) => setTimeout(resolve, 250));
  if (!(await (index === 0 ? putByProgram(file) : putBySocket(file)))) return undefined;
  rmSync(file);
  return { sha256, at: Date.now() };
};

/** The hash of what the store has under this artifactId; undefined when it has nothing. */
const hashInStore = async (artifactId: string): Promise<string | undefined> => {
  const { s3 } = operator.clients;
  const Bucket = operator.profile.artifactBucket;
  try {
    const { Body } = await s3.send(new GetObjectCommand({ Bucket, Key: artifactKey(artifactId) }));
    return createHash('sha256')
      .update((await Body?.transformToByteArray()) ?? '')
      .digest('hex');
  } catch (error) {
    if (error instanceof Error && error.name === 'NoSuchKey') return undefined;
    throw error;
  }
};
const missing = async (puts: readonly Acknowledged[]): Promise<string[]> => {
  const found = await Promise.all(puts.map(async ({ sha256 }) => (await hashInStore(sha256)) === sha256));
  return puts.filter((_put, index) => !found[index]).map(({ sha256 }) => sha256);
};

const acknowledged: Acknowledged[] = [];
let made = 0;
const produceFor = async (seconds: number): Promise<void> => {
  for (const end = Date.now() + seconds * 1000; Date.now() < end; made += 1) {
    const put = await produce(made);
    if (put !== undefined) acknowledged.push(put);
  }
};

describe('an ephemeral node that is killed while it produces', () => {
  it('has in the store, byte-identical, whatever was acknowledged and is older than 5 s', async () => {
    const producing = produceFor(12);
    await new Promise((resolve) => setTimeout(resolve, 11_000));
    const killedAt = Date.now();
    await node.agent.kill();
    const old = acknowledged.filter(({ at }) => at < killedAt - BEHIND_SECONDS * 1000);
    const lost = await missing(old);
    await producing;

    expect(old.length).toBeGreaterThan(10);
    expect(lost).toEqual([]);
  });

  it('brings the rest from its log after a restart, over a restart of the cloud, and nothing twice', async () => {
    await startNode();
    const producing = produceFor(6);
    await new Promise((resolve) => setTimeout(resolve, 2000));
    await killCloud();
    // What is put while nobody answers is acknowledged all the same: it is in the log.
    await producing;
    await node.agent.kill();
    await startCloud();
    await startNode();

    await waitFor(
      async () => (await missing(acknowledged)).length === 0,
      60,
      () => `all ${acknowledged.length} puts to be in the store; the agent wrote ${node.agent.logs()}`,
    );
    await waitFor(
      () => readdirSync(join(node.dataFolder, '.drover', 'puts')).length === 0,
      30,
      'the log to be empty',
    );
    const ids = acknowledged.map(({ sha256 }) => sha256);
    let registered: Artifact[] = [];
    await waitFor(
      async () => {
        registered = await operator.stores.artifacts.getMany(ids);
        // A batch that the killed function had in its hands comes back minutes later, when its messages are visible again.
        return registered.length >= ids.length - BATCH;
      },
      40,
      () => `${ids.length} to be registered but for a batch, not ${registered.length}`,
    );
    const names = registered.map(({ kind, name, registeredBy }) => `${kind} ${name} ${registeredBy}`);
    expect(new Set(names)).toEqual(new Set([`games hex8_2p ${node.nodeId}`]));
    const told = (await operator.events('ArtifactRegistered')).map(({ eventId }) => eventId);
    expect(new Set(told).size).toBe(told.length);
  });

  it('lets anybody have the newest on a machine of their own', async () => {
    const to = join(folder, 'pulled');
    const args = [
      'sync',
      'pull',
      '--kind',
      'games',
      '--name',
      'hex8_2p',
      '--newest',
      '3',
      '--to',
      to,
      '--json',
    ];
    expect(await runCli(cloud, args)).toMatchObject({ code: 0 });
    expect(readdirSync(join(to, 'games', 'hex8_2p'))).toHaveLength(3);
    const again = await runCli(cloud, args);
    expect(again.stdout).toContain('already-there');
  });
});
