import { createHash, randomUUID } from 'node:crypto';
import type { Artifact } from '../../../lib/artifacts/artifact.ts';
import { FUNCTIONS, resourceName } from '../../../lib/constants.ts';
import { LOCAL_STAGE } from '../../../local/synth.ts';
import { releaseBrake } from './release-brake.ts';
import type { Check } from './scenario-check.ts';
import { enrolNode, heartbeat, type ScriptedNode } from './scenario-node.ts';
import type { Stage } from './scenario-stage.ts';

const repair = FUNCTIONS.repairReplication;
const RULE = resourceName(LOCAL_STAGE, repair);

/** A registered artifact that no store has. */
const registerOnNodes = async (
  { operator }: Stage,
  ...replicaNodeIds: readonly string[]
): Promise<Artifact> => {
  const bytes = randomUUID();
  const { artifact } = await operator.stores.artifacts.register({
    artifactId: createHash('sha256').update(bytes).digest('hex'),
    kind: 'games',
    name: 'selfplay',
    version: bytes,
    fileName: 'night.npz',
    bytes: bytes.length,
    labels: {},
    registeredAt: new Date().toISOString(),
    registeredBy: 'scenario',
    replicaNodeIds: [...replicaNodeIds],
  });
  return artifact;
};

/** A node that beats. */
const makeBeatingNode = async ({ cloud, operator }: Stage): Promise<ScriptedNode> => {
  const node = await enrolNode(cloud);
  const { nodeId, bootId } = node;
  await operator.stores.nodes.recordHeartbeat(nodeId, { bootId, seq: 1, heartbeat, sentAt: new Date() });
  return node;
};

/** It lists the artifacts, as its inventory object says. */
const list = async (
  { operator }: Stage,
  node: ScriptedNode,
  ...artifacts: readonly Artifact[]
): Promise<void> => {
  const entries = artifacts.map(({ artifactId, bytes }) => ({
    artifactId,
    bytes,
    path: `games/${artifactId}`,
  }));
  const digest = await node.store(JSON.stringify({ schemaVersion: 1, nodeId: node.nodeId, entries }));
  await operator.stores.nodes.recordInventory(node.nodeId, {
    inventoryAt: new Date().toISOString(),
    digest,
    key: `artifacts/${digest}`,
    count: entries.length,
    bytes: 0,
  });
};

const replicationChecks: readonly Check[] = [
  {
    name: 'repair has a node push what the store lacks',
    covers: [`rule ${repair}`, repair],
    cloud: 'still',
    run: async (stage) => {
      const node = await makeBeatingNode(stage);
      const { artifactId } = await registerOnNodes(stage, node.nodeId);
      await stage.cloud.tick(RULE);
      const command = await node.takeCommand();
      node.close();
      if (command?.type !== 'push' || command.artifactId !== artifactId)
        throw new Error(`the node got ${JSON.stringify(command)}, not the command to push`);
      if ((await stage.operator.stores.commands.get(command.commandId))?.status !== 'issued')
        throw new Error('the command is not in the ledger');
    },
  },
  {
    name: 'repair writes off what an ended node listed, with an audit row and ArtifactLost',
    covers: [
      `ARTIFACT_BUCKET of ${repair}`,
      `AUDIT_TABLE of ${repair}`,
      `EVENT_BUS_NAME of ${repair}`,
      // Beside its variables: each of them alone makes the start of the function fail.
      repair,
    ],
    cloud: 'still',
    run: async (stage) => {
      const { operator, cloud, until } = stage;
      const node = await makeBeatingNode(stage);
      const artifact = await registerOnNodes(stage, node.nodeId);
      await list(stage, node, artifact);
      await releaseBrake(operator);
      await cloud.tick(RULE);
      const { revision = 0 } = (await operator.stores.nodes.get(node.nodeId)) ?? {};
      await operator.stores.nodes.end(node.nodeId, revision, 'terminated', new Date());
      await cloud.tick(RULE);
      node.close();
      const meta = await operator.stores.artifacts.getMarked(artifact.artifactId);
      if (meta?.mark?.state !== 'lost') throw new Error(`it is ${meta?.mark?.state}, not lost`);
      const rows = await operator.stores.audit.listBySubject(`node:${node.nodeId}`, 20);
      if (!rows.some(({ actor, action }) => actor === repair && action === 'write-off-copies'))
        throw new Error('the write-off has no audit row');
      await until(
        async () =>
          (await operator.events('ArtifactLost')).some(
            ({ detail }) => detail['artifactId'] === artifact.artifactId,
          ),
        'ArtifactLost in the events log',
      );
    },
  },
  {
    name: 'repair runs by itself within each minute',
    covers: [`schedule ${repair}`],
    cloud: 'scheduled',
    run: async (stage) => {
      const { artifactId } = await registerOnNodes(stage);
      await stage.untilScheduled(
        async () => (await stage.operator.stores.artifacts.getMarked(artifactId))?.mark?.state === 'lost',
        'a cycle of repair that nobody started',
      );
    },
  },
];

export { replicationChecks };
