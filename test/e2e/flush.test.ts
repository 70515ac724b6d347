import { existsSync, mkdirSync, readdirSync, realpathSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { SendMessageCommand } from '@aws-sdk/client-sqs';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Command, commandSchema } from '../../lib/commands/command.ts';
import { createDynamoCommandStore } from '../../lib/commands/dynamo-command-store.ts';
import { nodeQueueName, resourceName, TABLES } from '../../lib/constants.ts';
import { queueUrl } from '../../local/arns.ts';
import type { Cloud } from '../../local/cloud.ts';
import { LOCAL_STAGE } from '../../local/synth.ts';
import { bootCloud } from './support/boot-cloud.ts';
import { startFleet, stopFleet, type TestNode } from './support/fleet.ts';
import { makeFile } from './support/make-file.ts';
import { createOperator, type Operator } from './support/operator.ts';
import { startAgent } from './support/start-agent.ts';
import { temporaryFolder } from './support/temporary-folder.ts';
import { waitFor } from './support/wait-for.ts';

/** Three parts. */
const BYTES = 150_000_000;
const folder = temporaryFolder('flush');
const work = join(realpathSync(folder), 'work');
/** Slow enough that the kill comes between two parts, also on a slow machine. */
const env = { DROVER_DATA_PATHS: work, DROVER_BANDWIDTH_BYTES_PER_SECOND: '25000000' };
let cloud: Cloud;
let operator: Operator;
let node: TestNode;

beforeAll(async () => {
  mkdirSync(join(work, 'games'), { recursive: true });
  cloud = await bootCloud({ logFolder: folder });
  operator = createOperator(cloud);
  const [first] = await startFleet(cloud, operator, join(folder, 'nodes'), { one: env });
  if (first === undefined) throw new Error('there is no node');
  node = first;
});
afterAll(async () => {
  await stopFleet([node]);
  await cloud?.stop();
});

const minutes = (count: number): string => new Date(Date.now() + count * 60_000).toISOString();
const commands = () =>
  createDynamoCommandStore(operator.clients.documents, resourceName(LOCAL_STAGE, TABLES.commands));

/** Into the ledger and the node's queue, as the control plane sends. */
const send = async (commandId: string, fields: object): Promise<void> => {
  const command: Command = commandSchema.parse({
    schemaVersion: 1,
    commandId,
    nodeId: node.nodeId,
    attempt: 1,
    issuedAt: minutes(0),
    deadlineAt: minutes(5),
    ...fields,
  });
  await commands().put(command);
  await operator.clients.sqs.send(
    new SendMessageCommand({
      QueueUrl: queueUrl(nodeQueueName(LOCAL_STAGE, node.nodeId)),
      MessageBody: JSON.stringify(command),
    }),
  );
};
const untilAnswered = async (commandId: string, seconds = 60) =>
  waitFor(
    async () => {
      const record = await commands().get(commandId);
      return record?.status === 'issued' ? undefined : record;
    },
    seconds,
    () => `the answer to ${commandId}; the agent wrote ${node.agent.logs()}`,
  );
const nodeItem = async () => operator.stores.nodes.get(node.nodeId);

describe('a node that is drained with claimed and unclaimed files', () => {
  it('brings claimed files into the store with its own rights, over a kill, and they are registered', async () => {
    const sha256 = makeFile(join(work, 'games', 'night.npz'), BYTES);
    writeFileSync(join(work, 'notes.txt'), 'nobody claims these');
    await send('c-configure', {
      type: 'configure',
      configuration: {
        digest: 'config-1',
        claim: [{ glob: join(work, 'games', '**'), kind: 'games', name: 'selfplay' }],
        ignore: [],
      },
    });
    expect(await untilAnswered('c-configure')).toMatchObject({ status: 'succeeded' });
    await send('c-drain', {
      type: 'drain',
      drainId: 'd-1',
      epoch: 1,
      drainUntil: minutes(10),
      reason: 'idle',
    });
    const uploads = join(node.dataFolder, '.drover', 'uploads');
    await waitFor(() => existsSync(uploads) && readdirSync(uploads).length > 0, 30, 'an upload to begin');
    await node.agent.kill();
    const { dataFolder, instanceId } = node;
    node = { ...node, agent: await startAgent(cloud, { dataFolder, instanceId, env }) };

    expect(await untilAnswered('c-drain', 90)).toMatchObject({ status: 'succeeded' });
    const artifact = await waitFor(
      () => operator.stores.artifacts.get(sha256),
      30,
      'the artifact to be registered',
    );
    expect(artifact).toMatchObject({
      kind: 'games',
      name: 'selfplay',
      version: sha256.slice(0, 12),
      fileName: 'night.npz',
      bytes: BYTES,
      registeredBy: node.nodeId,
      storeReplica: { checksum: expect.stringMatching(/-3$/) },
    });
    expect(await operator.events('ArtifactRegistered')).toHaveLength(1);
  });

  it('tells the control plane of its drain, its inventory and what nobody claims', async () => {
    const item = await waitFor(
      async () => {
        const found = await nodeItem();
        return found?.heartbeat?.drain?.acknowledged && found.inventory?.drainEpoch === 1 ? found : undefined;
      },
      60,
      () => `the drain in the node item; the agent wrote ${node.agent.logs()}`,
    );
    expect(item.heartbeat).toMatchObject({ mode: 'draining', configDigest: 'config-1', unflushedBytes: 0 });
    expect(item.inventory).toMatchObject({
      count: 1,
      unsettled: 0,
      configDigest: 'config-1',
      unclaimed: { count: 1, sample: [{ path: join(work, 'notes.txt'), bytes: 19 }] },
    });
  });
});
