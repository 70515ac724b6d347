import { lstatSync, readlinkSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import * as z from 'zod';
import type { Cloud } from '../../local/cloud.ts';
import { bootCloud } from './support/boot-cloud.ts';
import { drover, publish } from './support/drover.ts';
import { startFleet, stopFleet, type TestNode } from './support/fleet.ts';
import { makeFile, sha256Of } from './support/make-file.ts';
import { createOperator, type Operator } from './support/operator.ts';
import { runCli } from './support/run-cli.ts';
import { temporaryFolder } from './support/temporary-folder.ts';
import { waitFor } from './support/wait-for.ts';

const BYTES = 200_000_000;
const folder = temporaryFolder('distribution');
let cloud: Cloud;
let operator: Operator;
let nodes: TestNode[];
let artifactId: string;

beforeAll(async () => {
  cloud = await bootCloud({ logFolder: folder });
  operator = createOperator(cloud);
  nodes = await startFleet(cloud, operator, join(folder, 'nodes'), { one: {}, two: {}, three: {} });
  const file = join(folder, 'hex8_2p.pth');
  const sha256 = makeFile(file, BYTES);
  artifactId = await publish(cloud, { file, kind: 'model', name: 'hex8_2p', version: '12' });
  expect(artifactId).toBe(sha256);
});
afterAll(async () => {
  await stopFleet(nodes);
  await cloud?.stop();
});

const planSchema = z.object({
  promoted: z.boolean(),
  plan: z.object({ bytesToTransfer: z.number(), sendNodeIds: z.array(z.string()) }),
});
const waitSchema = z.object({
  reached: z.boolean(),
  verifiedNodeIds: z.array(z.string()),
  missing: z.array(z.object({ nodeId: z.string(), reason: z.string() })),
});

describe('publishing and promoting a model of 200 MB', () => {
  it('says before anything travels how many bytes go to how many nodes', async () => {
    const { promoted, plan } = await drover(cloud, planSchema, 'models', 'promote', 'hex8_2p@12', '--yes');

    expect(promoted).toBe(true);
    expect(plan.bytesToTransfer).toBe(3 * BYTES);
    expect(plan.sendNodeIds.toSorted()).toEqual(nodes.map(({ nodeId }) => nodeId).toSorted());
  });

  it('`artifacts wait --min 3` exits 0 once three nodes hold it', async () => {
    const args = ['artifacts', 'wait', 'hex8_2p@12', '--min', '3', '--timeout', '90'];
    const { reached, verifiedNodeIds } = await drover(cloud, waitSchema, ...args);

    expect(reached).toBe(true);
    expect(verifiedNodeIds).toEqual(nodes.map(({ nodeId }) => nodeId).toSorted());
  });

  it('has brought the same bytes to every node, readable by all, with `current` at this version', async () => {
    for (const { dataFolder } of nodes) {
      const path = join(dataFolder, 'models', 'hex8_2p', '12', 'hex8_2p.pth');
      expect(await sha256Of(path)).toBe(artifactId);
      expect(statSync(path).mode & 0o777).toBe(0o644);
      const link = join(dataFolder, 'models', 'hex8_2p', 'current');
      expect(lstatSync(link).isSymbolicLink()).toBe(true);
      expect(readlinkSync(link)).toBe('12');
    }
  });

  it('`artifacts wait --min 4` exits 1 and says that the fleet has only three nodes', async () => {
    const args = ['artifacts', 'wait', 'hex8_2p@12', '--min', '4', '--timeout', '1'];
    const { code, stdout } = await runCli(cloud, args);

    expect(code).toBe(1);
    expect(stdout).toContain('3 of the 4 wanted nodes');
    expect(stdout).toContain('only 3 living nodes');
  });

  it('`artifacts wait` exits 1 and names each node that lacks it with the reason', async () => {
    const file = join(folder, 'unsent.pth');
    makeFile(file, 2000);
    await publish(cloud, { file, kind: 'model', name: 'unsent', version: '1' });
    const args = ['artifacts', 'wait', 'unsent@1', '--min', '1', '--timeout', '1', '--json'];
    const { code, stdout } = await runCli(cloud, args);

    expect(code).toBe(1);
    const { reached, missing } = waitSchema.parse(JSON.parse(stdout));
    expect(reached).toBe(false);
    expect(missing.map(({ nodeId }) => nodeId).toSorted()).toEqual(
      nodes.map(({ nodeId }) => nodeId).toSorted(),
    );
    expect(new Set(missing.map(({ reason }) => reason))).toEqual(
      new Set(['not sent: no distribution was started']),
    );
  });

  it('[sync#13-15] announces the start and the end of the distribution once each', async () => {
    const [completed] = await waitFor(
      async () => {
        const events = await operator.events('DistributionCompleted');
        return events.length > 0 ? events : undefined;
      },
      10,
      'DistributionCompleted in the events log',
    );
    const started = await operator.events('DistributionStarted');

    expect(started).toHaveLength(1);
    expect(await operator.events('DistributionCompleted')).toHaveLength(1);
    expect(await operator.events('DistributionIncomplete')).toEqual([]);
    expect(completed?.detail).toMatchObject({ artifactId, eligibleCount: 3, missingCount: 0, missing: [] });
    const [distribution] = await operator.stores.distributions.listByArtifact(artifactId);
    expect(distribution?.state).toBe('completed');
    expect(distribution?.announcedAt).toBeDefined();
  });

  it('has one delivery row for each node, verified at the first attempt', async () => {
    const rows = await operator.stores.deliveries.listByArtifact(artifactId);

    expect(rows.map(({ nodeId }) => nodeId).toSorted()).toEqual(nodes.map(({ nodeId }) => nodeId).toSorted());
    expect(rows.map(({ state, attempt }) => ({ state, attempt }))).toEqual(
      Array.from({ length: 3 }, () => ({ state: 'verified', attempt: 1 })),
    );
  });
});
