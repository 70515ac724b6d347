import { createHash } from 'node:crypto';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import * as z from 'zod';
import type { Cloud } from '../../local/cloud.ts';
import { bootCloud } from './support/boot-cloud.ts';
import { runCli } from './support/run-cli.ts';
import { startAgent, type TestAgent } from './support/start-agent.ts';
import { temporaryFolder } from './support/temporary-folder.ts';
import { waitFor } from './support/wait-for.ts';

const BYTES = 3_000_000;
const folder = temporaryFolder('harness');
let cloud: Cloud;
let agent: TestAgent;

beforeAll(async () => {
  cloud = await bootCloud({ dataFolder: join(folder, 'cloud'), logFolder: folder });
  mkdirSync(join(folder, 'nodes'));
  agent = await startAgent(cloud, { dataFolder: join(folder, 'nodes', '1'), instanceId: 'one' });
});
afterAll(async () => {
  await agent?.stop();
  await cloud?.stop();
});

const nodesSchema = z.object({ nodes: z.array(z.looseObject({ lifecycle: z.string() })) });

describe('the embedded cloud with the real stack, a real agent and the real command', () => {
  it('makes an agent an active node', async () => {
    await waitFor(
      async () => {
        const { stdout } = await runCli(cloud, ['nodes', 'list', '--json']);
        return nodesSchema.parse(JSON.parse(stdout)).nodes.some(({ lifecycle }) => lifecycle === 'active');
      },
      20,
      () => `the node to become active; the agent wrote ${agent.logs()}`,
    );
  });

  it('brings a promoted model to the node, byte by byte', async () => {
    const bytes = Buffer.alloc(BYTES, createHash('sha256').update('model').digest());
    const file = join(folder, 'model.pth');
    writeFileSync(file, bytes);

    const published = await runCli(cloud, [
      'artifacts',
      'publish',
      file,
      '--kind',
      'model',
      '--name',
      'm',
      '--version',
      '1',
    ]);
    const promoted = await runCli(cloud, ['models', 'promote', 'm@1', '--yes']);
    const waited = await runCli(cloud, ['artifacts', 'wait', 'm@1', '--min', '1', '--timeout', '30']);

    for (const { code, stderr } of [published, promoted, waited]) expect(code, stderr).toBe(0);
    expect(readFileSync(join(folder, 'nodes', '1', 'models', 'm', '1', 'model.pth')).equals(bytes)).toBe(
      true,
    );
  });
});
