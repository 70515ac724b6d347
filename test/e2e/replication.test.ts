import { execFileSync } from 'node:child_process';
import { existsSync, readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { DeleteObjectCommand, HeadObjectCommand } from '@aws-sdk/client-s3';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import * as z from 'zod';
import { ARTIFACT_PREFIX, FUNCTIONS, resourceName } from '../../lib/constants.ts';
import type { Cloud } from '../../local/cloud.ts';
import { LOCAL_STAGE } from '../../local/synth.ts';
import { applyConfig } from './support/apply-config.ts';
import { bootCloud } from './support/boot-cloud.ts';
import { drover, publish } from './support/drover.ts';
import { startFleet, stopFleet, type TestNode } from './support/fleet.ts';
import { makeFile, sha256Of } from './support/make-file.ts';
import { createOperator, type Operator } from './support/operator.ts';
import { releaseBrake } from './support/release-brake.ts';
import { temporaryFolder } from './support/temporary-folder.ts';
import { waitFor } from './support/wait-for.ts';

const folder = temporaryFolder('replication');
const BYTES = 300_000;
/** All files are read again in ten seconds, a round each second. */
const env = {
  DROVER_SCRUB_DAYS: String(10 / 86_400),
  DROVER_HEARTBEAT_SECONDS: '2',
  DROVER_INVENTORY_SECONDS: '3',
};
let cloud: Cloud;
let operator: Operator;
let nodes: TestNode[];
let artifactId: string;

const tick = (name: string): Promise<void> => cloud.tick(resourceName(LOCAL_STAGE, name));
/** What the schedules do each minute. */
const minute = async (): Promise<void> => {
  await releaseBrake(operator);
  await tick(FUNCTIONS.repairReplication);
  await tick(FUNCTIONS.sweepDeliveries);
};
const metaOf = async () => {
  const artifact = await operator.stores.artifacts.get(artifactId);
  if (artifact === undefined) throw new Error('the artifact is not registered');
  return artifact;
};
const fileOf = ({ dataFolder }: TestNode): string => join(dataFolder, 'games', 'selfplay', '1', 'night.npz');
const nodeOf = (nodeId: string): TestNode => {
  const found = nodes.find((node) => node.nodeId === nodeId);
  if (found === undefined) throw new Error(`${nodeId} is no node of this test`);
  return found;
};
const untilHeldBy = (count: number, what: string): Promise<string[]> =>
  waitFor(
    async () => {
      await minute();
      const { replicaNodeIds } = await metaOf();
      return replicaNodeIds.length >= count ? replicaNodeIds : undefined;
    },
    60,
    what,
  );

beforeAll(async () => {
  cloud = await bootCloud({ logFolder: folder, schedules: false });
  operator = createOperator(cloud);
  nodes = await startFleet(cloud, operator, join(folder, 'nodes'), { one: env, two: env, three: env });
  await applyConfig(cloud, { replication: { kinds: { games: { targetNodeCopies: 2 } } } });
  const file = join(folder, 'night.npz');
  makeFile(file, BYTES);
  artifactId = await publish(cloud, { file, kind: 'games', name: 'selfplay', version: '1' });
});
afterAll(async () => {
  await stopFleet(nodes);
  await cloud?.stop();
});

describe('an artifact that two nodes are to hold', () => {
  it('is fetched by as many, from the store', async () => {
    const holders = await untilHeldBy(2, 'two nodes to hold it');

    for (const nodeId of holders) expect(await sha256Of(fileOf(nodeOf(nodeId)))).toBe(artifactId);
    await minute();
    const repaired = await waitFor(
      async () => {
        const events = await operator.events('ReplicationRepaired');
        return events.length === 2 ? events : undefined;
      },
      20,
      'two ReplicationRepaired',
    );
    expect(repaired.map(({ detail }) => detail['nodeId']).sort()).toEqual(holders.toSorted());
  });

  it('is fetched again by the node whose copy rotted, once the scrub finds it', async () => {
    const [holder = ''] = (await metaOf()).replicaNodeIds;
    const node = nodeOf(holder);
    const file = fileOf(node);
    const clock = join(folder, 'clock');
    // Size and time stay as they were: only the bytes tell.
    execFileSync('touch', ['-r', file, clock]);
    writeFileSync(file, Buffer.alloc(BYTES, 7));
    execFileSync('touch', ['-r', clock, file]);

    const subject = `artifact:${artifactId}`;
    const [row] = await waitFor(
      async () => {
        const rows = await operator.stores.audit.listBySubject(subject, 20);
        const found = rows.filter(({ action }) => action === 'drop-rotten-copy');
        return found.length > 0 ? found : undefined;
      },
      60,
      () => `the scrub to find it; the agent wrote ${node.agent.logs()}`,
    );
    expect(row).toMatchObject({ actor: holder, evidence: { nodeId: holder, bytes: BYTES } });

    await waitFor(
      async () => {
        await minute();
        return (await metaOf()).replicaNodeIds.includes(holder) && (await sha256Of(file)) === artifactId;
      },
      60,
      () => `the good copy to come back; the agent wrote ${node.agent.logs()}`,
    );
    expect(readdirSync(join(node.dataFolder, '.drover', 'quarantine')).length).toBeGreaterThan(0);
  });

  it('is brought back into the store by a node, when the store lost it', async () => {
    await untilHeldBy(2, 'two nodes to hold it again');
    const { clients, profile } = operator;
    const object = { Bucket: profile.artifactBucket, Key: `${ARTIFACT_PREFIX}${artifactId}` };
    await clients.s3.send(new DeleteObjectCommand(object));

    const answer = await drover(
      cloud,
      z.object({ storeCopy: z.string(), dropped: z.boolean() }),
      ...['replication', 'repair', artifactId],
    );
    expect(answer).toEqual({ storeCopy: 'gone', dropped: true });
    expect((await metaOf()).storeReplica).toBeUndefined();

    const replica = await waitFor(
      async () => {
        await minute();
        return (await metaOf()).storeReplica;
      },
      60,
      () => `a push; the agents wrote ${nodes.map(({ agent }) => agent.logs()).join('\n')}`,
    );
    expect(replica.checksum).toBe(Buffer.from(artifactId, 'hex').toString('base64'));
    expect((await clients.s3.send(new HeadObjectCommand(object))).ContentLength).toBe(BYTES);
    const documents = await drover(
      cloud,
      z.object({ reason: z.string(), holders: z.array(z.object({ state: z.string() })) }),
      ...['replication', 'explain', artifactId],
    );
    expect(documents.holders.map(({ state }) => state)).toEqual(['live', 'live']);
  });

  it('is fetched by another node when a holder ends', async () => {
    const [holder = ''] = await untilHeldBy(2, 'two holders');
    await minute();
    const other = nodes.find(({ nodeId }) => nodeId !== holder && !existsSync(fileOf(nodeOf(nodeId))));
    if (other === undefined) throw new Error('all nodes hold it');
    await nodeOf(holder).agent.kill();
    await waitFor(
      async () => {
        const node = await operator.stores.nodes.get(holder);
        return operator.stores.nodes.end(holder, node?.revision ?? 0, 'terminated', new Date());
      },
      10,
      'the node to end',
    );

    await waitFor(
      async () => {
        await minute();
        const { replicaNodeIds } = await metaOf();
        return replicaNodeIds.includes(other.nodeId) && !replicaNodeIds.includes(holder);
      },
      60,
      'the other node to hold it instead',
    );
    expect(await sha256Of(fileOf(other))).toBe(artifactId);
    const rows = await operator.stores.audit.listBySubject(`node:${holder}`, 50);
    expect(rows.find(({ action }) => action === 'write-off-copies')).toMatchObject({ reason: 'node-ended' });
  });
});
