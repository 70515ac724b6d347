import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import * as z from 'zod';
import type { Cloud } from '../../local/cloud.ts';
import { bootCloud } from './support/boot-cloud.ts';
import { promote, publish } from './support/drover.ts';
import { startFleet, stopFleet, type TestNode } from './support/fleet.ts';
import { makeFile, sha256Of } from './support/make-file.ts';
import { createOperator, type Operator } from './support/operator.ts';
import { transferredBytes } from './support/read-answers.ts';
import { startAgent } from './support/start-agent.ts';
import { temporaryFolder } from './support/temporary-folder.ts';
import { untilVerified } from './support/until-verified.ts';
import { waitFor } from './support/wait-for.ts';

const BYTES = 120_000_000;
/** Slow enough that the kill comes in the middle, also on a slow machine. */
const env = { DROVER_BANDWIDTH_BYTES_PER_SECOND: '24000000' };
const folder = temporaryFolder('crash');
let cloud: Cloud;
let operator: Operator;
let nodes: TestNode[];

beforeAll(async () => {
  cloud = await bootCloud({ logFolder: folder });
  operator = createOperator(cloud);
  nodes = await startFleet(cloud, operator, join(folder, 'nodes'), { one: env });
});
afterAll(async () => {
  await stopFleet(nodes);
  await cloud?.stop();
});

const stateSchema = z.looseObject({ frontier: z.number() });

describe('an agent that is killed in the middle of a transfer', () => {
  it('[sync#L10] goes on where it was after its restart, as the same node, with one delivery row', async () => {
    const [node] = nodes;
    if (node === undefined) throw new Error('there is no node');
    const file = join(folder, 'large.pth');
    const sha256 = makeFile(file, BYTES);
    await publish(cloud, { file, kind: 'model', name: 'large', version: '1' });
    await promote(cloud, 'large@1');
    const versionFolder = join(node.dataFolder, 'models', 'large', '1');
    const partial = join(versionFolder, `.large.pth.${sha256.slice(0, 8)}.partial.json`);
    const frontier = await waitFor(
      () => stateSchema.parse(JSON.parse(readFileSync(partial, 'utf8'))).frontier || undefined,
      30,
      'the agent to remember how far it is',
    );

    await node.agent.kill();
    expect((await operator.stores.deliveries.get(sha256, node.nodeId))?.state).not.toBe('verified');
    const { dataFolder, instanceId } = node;
    const agent = await startAgent(cloud, { dataFolder, instanceId, env });
    nodes = [{ ...node, agent }];
    await untilVerified(operator, sha256, nodes, 60);

    expect(await sha256Of(join(versionFolder, 'large.pth'))).toBe(sha256);
    const [transferred] = transferredBytes(dataFolder);
    expect(transferred).toBeLessThanOrEqual(BYTES - frontier);
    expect(transferred).toBeGreaterThan(0);
    const rows = await operator.stores.deliveries.listByArtifact(sha256);
    expect(rows.map(({ nodeId, attempt }) => ({ nodeId, attempt }))).toEqual([
      { nodeId: node.nodeId, attempt: 1 },
    ]);
    expect(await operator.stores.nodes.listByLifecycle(['pending', 'active'])).toHaveLength(1);
  });
});
