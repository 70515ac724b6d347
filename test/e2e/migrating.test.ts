import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { EMULATOR_OPERATOR } from '../../cli/clients.ts';
import { FUNCTIONS, resourceName } from '../../lib/constants.ts';
import type { Cloud } from '../../local/cloud.ts';
import { LOCAL_STAGE } from '../../local/synth.ts';
import { readExamples } from '../migration/page-examples.ts';
import { bootCloud } from './support/boot-cloud.ts';
import { publish } from './support/drover.ts';
import { startFleet, stopFleet, type TestNode } from './support/fleet.ts';
import { makeFile } from './support/make-file.ts';
import { createOperator, type Operator } from './support/operator.ts';
import { temporaryFolder } from './support/temporary-folder.ts';
import { waitFor } from './support/wait-for.ts';

const run = promisify(execFile);
const folder = temporaryFolder('migrating');
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
  nodes = await startFleet(cloud, operator, join(folder, 'nodes'), { one: {} });
  await cloud.tick(resourceName(LOCAL_STAGE, FUNCTIONS.scoreHealth));
  const file = join(folder, 'm.pth');
  makeFile(file, 100_000);
  await publish(cloud, { file, kind: 'model', name: 'hex8_2p', version: '12' });
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
