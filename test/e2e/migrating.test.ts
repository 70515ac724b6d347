import { execFile } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import * as z from 'zod';
import { EMULATOR_OPERATOR } from '../../cli/clients.ts';
import { FUNCTIONS, resourceName } from '../../lib/constants.ts';
import { COMPAT_NAMES } from '../../lib/migration/compat/warn-once.ts';
import { deprecationCode } from '../../lib/migration/deprecation.ts';
import { deprecatedModules } from '../../lib/migration/deprecations.ts';
import type { Cloud } from '../../local/cloud.ts';
import { bundleAgent } from '../../local/start/agent-bundle.ts';
import { LOCAL_STAGE } from '../../local/synth.ts';
import { npy, zip } from '../artifacts/npz-files.ts';
import { readExamples } from '../migration/page-examples.ts';
import { applyConfig } from './support/apply-config.ts';
import { bootCloud } from './support/boot-cloud.ts';
import { publish } from './support/drover.ts';
import { startFleet, stopFleet, type TestNode } from './support/fleet.ts';
import { makeFile } from './support/make-file.ts';
import { createOperator, type Operator } from './support/operator.ts';
import { startProcess } from './support/run-process.ts';
import { temporaryFolder } from './support/temporary-folder.ts';
import { waitFor } from './support/wait-for.ts';

const run = promisify(execFile);
const folder = temporaryFolder('migrating');
const hostsFile = join(folder, 'distributed_hosts.yaml');
const npzFile = join(folder, 'games.npz');
let cloud: Cloud;
let operator: Operator;
let nodes: TestNode[];

const awsEnvironment = (): Record<string, string> => ({
  AWS_ENDPOINT_URL: cloud.endpoint,
  AWS_REGION: operator.profile.region,
  AWS_DEFAULT_REGION: operator.profile.region,
  AWS_ACCESS_KEY_ID: EMULATOR_OPERATOR.accessKeyId,
  AWS_SECRET_ACCESS_KEY: EMULATOR_OPERATOR.secretAccessKey,
  DROVER_STAGE: operator.profile.stage,
});

/** Is there a Python with boto3 on this machine? */
const hasBoto3 = await run('python3', ['-c', 'import boto3']).then(
  () => true,
  () => false,
);

beforeAll(async () => {
  cloud = await bootCloud({ logFolder: folder, schedules: false });
  operator = createOperator(cloud);
  nodes = await startFleet(cloud, operator, join(folder, 'nodes'), { one: { DROVER_TRAINS: 'true' } });
  await cloud.tick(resourceName(LOCAL_STAGE, FUNCTIONS.scoreHealth));
  const file = join(folder, 'm.pth');
  makeFile(file, 100_000);
  writeFileSync(
    hostsFile,
    'hosts: { vast-1: {} }\nauto_sync: { interval_seconds: 30, gossip_interval_seconds: 15 }\n',
  );
  writeFileSync(npzFile, zip([{ name: 'moves.npy', content: npy("'<f4'", '(4,)', 16) }]));
  await publish(cloud, { file, kind: 'model', name: 'hex8_2p', version: '12' });
  await publish(cloud, { file: npzFile, kind: 'npz', name: 'hex8_2p', version: '12' });
  await applyConfig(cloud, { idle: { providers: { runpod: { mode: 'enforce' } } } });
});
afterAll(async () => {
  await stopFleet(nodes);
  await cloud?.stop();
});

const python = async (name: string, ...args: string[]): Promise<string> => {
  const example = readExamples().find((candidate) => candidate.name === name);
  if (example === undefined) throw new Error(`docs/users/migrating.md shows no ${name}`);
  const { stdout } = await run('python3', ['-c', example.code, ...args], {
    env: { ...process.env, ...awsEnvironment() },
    timeout: 60_000,
  });
  return stdout;
};

/** Each example of the page, in an order in which one needs what another did. */
const runExamples = async (): Promise<void> => {
  expect(await python('publish_event.py')).toBe('published\n');
  await waitFor(async () => (await operator.events('TrainingCompleted')).length > 0, 20, 'the event');
  expect(await python('read_events.py')).toMatch(/^TrainingCompleted [0-9a-f-]{36}$/m);
  expect(await python('read_health.py')).toMatch(/^health (\d+|unknown) runs\n$/);
  const nodeId = nodes[0]?.nodeId ?? '';
  expect(await python('read_node_health.py', nodeId)).toMatch(new RegExp(`^${nodeId} active \\w+\n$`));
  expect(await python('promote_model.py', 'hex8_2p@12')).toBe('promoted hex8_2p@12\n');
  expect(await python('wait_for_model.py', 'hex8_2p@12')).toBe(`verified on ${nodeId}\n`);
  const dataFolder = nodes[0]?.dataFolder ?? '';
  expect(await python('put_data.py', await bundleAgent(), dataFolder, npzFile)).toMatch(/^taken: 1 file/);
  expect(await python('request_sync.py', 'hex8_2p')).toBe('requested hex8_2p\n');
  await waitFor(async () => (await operator.events('SyncRequested')).length > 0, 20, 'the request');
  expect(await python('populate_queue.py')).toBe('populated\n');
  expect(await operator.stores.populations.get()).toBeDefined();
  expect(await python('read_replication.py')).toMatch(/^replication (unknown|\d+ under \d+ lost \d+)\n$/);
};

describe('the Python examples of docs/users/migrating.md', () => {
  it(
    hasBoto3
      ? 'do on the embedded cloud what they say'
      : 'are only checked for syntax: there is no python3 with boto3 on this machine',
    async () => {
      if (hasBoto3) await runExamples();
    },
  );
});

const eventIdSchema = z.object({ eventId: z.string() });
const walkSchema = z.object({
  health: z.object({ old: z.looseObject({}), new: z.looseObject({}) }),
  node: z.record(z.string(), z.looseObject({ nodeId: z.string() })),
  started: z.array(z.boolean()),
  heard: z.array(z.string()),
  published: eventIdSchema,
  distributed: z.object({ model: eventIdSchema, npz: eventIdSchema, both: eventIdSchema }),
  population: z.object({ made: z.int(), status: z.object({ cycle: z.object({ at: z.string() }) }) }),
  sync: z.object({
    config: z.looseObject({ notConverted: z.array(z.string()) }),
    broadcast: z.looseObject({ confirmed: z.boolean(), artifactIds: z.array(z.string()) }),
    training: z.object({ nodes: z.array(z.string()), eventId: z.string() }),
    flushed: eventIdSchema,
    status: z.looseObject({ nodes: z.array(z.looseObject({ nodeId: z.string() })) }),
  }),
  replication: z.object({ before: z.looseObject({}) }),
  stopped: z.array(z.object({ stop: z.looseObject({}), start: z.looseObject({}) })),
  idle: z.array(z.object({ stop: z.looseObject({}), start: z.looseObject({}) })),
  warnings: z.array(z.object({ name: z.string(), code: z.string().optional() })),
});

/** A process of old code, to its end. */
const walk = async (environment: Readonly<Record<string, string>> = {}) => {
  const { code, stdout, stderr } = await startProcess(
    'test/e2e/support/walk-matrix.ts',
    [nodes[0]?.nodeId ?? '', 'hex8_2p@12', 'hex8_2p@12', hostsFile],
    { env: { ...awsEnvironment(), ...environment } },
  ).finished;
  if (code !== 0) throw new Error(`the walk ended with ${code}: ${stderr}`);
  return walkSchema.parse(JSON.parse(stdout));
};

describe('the old names of the matrix that have an equivalent', () => {
  it('do on the embedded cloud what replaces them, with exactly one warning each', async () => {
    const walked = await walk();
    expect(walked.health.old).toEqual(walked.health.new);
    expect(new Set(Object.values(walked.node).map((view) => JSON.stringify(view))).size).toBe(1);
    expect(walked.started).toEqual([true, true]);
    expect(walked.heard).toEqual([walked.published.eventId]);
    const lastCycle = await operator.stores.populations.get();
    expect(walked.population.status.cycle.at).toBe(lastCycle?.at);
    const nodeId = nodes[0]?.nodeId ?? '';
    expect(walked.sync).toMatchObject({
      config: {
        batchSeconds: 30,
        notConverted: [expect.stringContaining('auto_sync.gossip_interval_seconds')],
      },
      broadcast: { confirmed: true, targets: [{ nodeId, outcome: 'verified' }] },
      training: { nodes: [] },
      status: { nodes: [{ nodeId }] },
    });
    const handled = await operator.events('DataProduced');
    expect(handled.map(({ detail }) => detail['eventId'])).toContain(walked.sync.flushed.eventId);
    const [artifactId = ''] = walked.sync.broadcast.artifactIds;
    expect((await operator.stores.artifacts.getMarked(artifactId))?.mark).toMatchObject({ state: 'changed' });
    const started = await waitFor(
      async () => {
        const found = await operator.events('DistributionStarted');
        return new Set(found.map(({ detail }) => detail['kind'])).size === 2 ? found : undefined;
      },
      30,
      'the distributions of a model and a dataset',
    );
    expect(started.length).toBeGreaterThanOrEqual(2);
    expect(walked.warnings.map(({ name, code }) => `${name} ${code}`).sort()).toEqual(
      COMPAT_NAMES.map((name) => `DeprecationWarning ${deprecationCode(name)}`).sort(),
    );
  });

  it('hold idle shutdown back, audited, and let go again; in mode enforce only with permission', async () => {
    const { idle, stopped } = await walk();
    expect(idle.map(({ stop }) => stop)).toMatchObject([
      { provider: 'lambda-labs', stoppedUntil: expect.any(String) },
      { provider: 'vast', stoppedUntil: expect.any(String) },
      { refused: expect.stringContaining('refused in mode enforce') },
    ]);
    const refused = { refused: expect.stringContaining('refused in mode enforce') };
    expect(stopped).toMatchObject([{ stop: refused }, { stop: refused }]);
    expect(await operator.stores.holds.listLive(new Date())).toEqual([]);
    const permitted = await walk({ DROVER_COMPAT_CONTROL: '1' });
    expect(permitted.idle[2]).toMatchObject({
      stop: { provider: 'runpod', mode: 'enforce', stoppedUntil: expect.any(String) },
      start: { provider: 'runpod' },
    });
    expect(permitted.stopped).toMatchObject([
      { stop: { stoppedUntil: expect.any(String) }, start: { cycle: expect.anything() } },
      { stop: { stoppedUntil: expect.any(String) } },
    ]);
    expect(permitted.stopped.map(({ start }) => start['stoppedUntil'])).toEqual([undefined, undefined]);
    const rows = await operator.stores.audit.listByAction('put-hold', 100);
    expect(rows.map(({ after }) => after?.['scope'])).toEqual(
      expect.arrayContaining(['provider:lambda-labs', 'provider:vast', 'provider:runpod', 'fleet']),
    );
    expect(rows.every(({ actor }) => actor.startsWith('arn:aws:'))).toBe(true);
  });

  it('are of every row of the matrix', () => {
    expect(deprecatedModules.filter(({ compat }) => compat === undefined)).toEqual([]);
  });
});
