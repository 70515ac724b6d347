import { type Artifact, artifactKey } from '../../../lib/artifacts/artifact.ts';
import type { Command } from '../../../lib/commands/command.ts';
import type { Heartbeat } from '../../../lib/nodes/heartbeat.ts';
import { heartbeat, type ScriptedNode } from './scenario-node.ts';
import type { Stage } from './scenario-stage.ts';

type CommandOf<T extends Command['type']> = Extract<Command, { type: T }>;

/** Nothing runs there, and nobody is logged in; a node of one GPU, as `enrolNode` says. */
const idleHeartbeat: Heartbeat = {
  ...heartbeat,
  gpus: [{ index: 0, utilizationPercent: 0 }],
  cpuPercent: 0,
  sshSessions: 0,
  unflushedBytes: 0,
};

/** The next command of this type in the node's queue; what comes before it is dropped. */
const nextCommand = <T extends Command['type']>(
  { until }: Stage,
  node: ScriptedNode,
  type: T,
): Promise<CommandOf<T>> => {
  const isOfType = (command: Command | undefined): command is CommandOf<T> => command?.type === type;
  return until(async () => {
    const command = await node.takeCommand();
    return isOfType(command) ? command : undefined;
  }, `the command to ${type} in the queue of ${node.nodeId}`);
};

/** Sends a heartbeat and waits until it is in the node item. */
const beatUntilRecorded = async (
  { operator, until }: Stage,
  node: ScriptedNode,
  told: Partial<Heartbeat> = {},
): Promise<void> => {
  const { nodes } = operator.stores;
  const before = (await nodes.get(node.nodeId))?.heartbeatSeq ?? 0;
  await node.report({ type: 'heartbeat', heartbeat: { ...idleHeartbeat, ...told } });
  await until(
    async () => ((await nodes.get(node.nodeId))?.heartbeatSeq ?? 0) > before,
    `a heartbeat of ${node.nodeId} in its item`,
  );
};

/** Everything that a node holds, as its list lies in the store, and by which configuration it looked. */
interface Holdings {
  readonly digest: string;
  readonly count: number;
  readonly bytes: number;
  readonly configDigest: string;
}

/** Puts the list of what the node holds, these artifacts and no other file, into the store. */
const storeHoldings = async (
  node: ScriptedNode,
  configDigest: string,
  artifacts: readonly Artifact[],
): Promise<Holdings> => {
  const entries = artifacts.map(({ artifactId, bytes, fileName: path }) => ({ artifactId, bytes, path }));
  const digest = await node.store(JSON.stringify({ schemaVersion: 1, nodeId: node.nodeId, entries }));
  const bytes = entries.reduce((sum, entry) => sum + entry.bytes, 0);
  return { digest, count: entries.length, bytes, configDigest };
};

/** Reports that the node holds this, and waits until it is in the node item. */
const reportHoldings = async (
  { operator, until }: Stage,
  { nodeId, report }: ScriptedNode,
  holdings: Holdings,
  drainEpoch?: number,
): Promise<void> => {
  const inventory = {
    ...holdings,
    key: artifactKey(holdings.digest),
    unsettled: 0,
    unclaimed: { count: 0, bytes: 0, sample: [] },
    ...(drainEpoch === undefined ? {} : { drainEpoch }),
  };
  await report({ type: 'inventory', inventory });
  await until(async () => {
    const known = (await operator.stores.nodes.get(nodeId))?.inventory;
    return known?.digest === holdings.digest && known.drainEpoch === drainEpoch;
  }, `the inventory of ${nodeId} in its item`);
};

/** Does as an agent that drains: takes an inventory, promises, and says so in its heartbeats. */
const acknowledge = async (
  stage: Stage,
  node: ScriptedNode,
  { commandId, attempt, drainId, epoch, drainUntil }: CommandOf<'drain'>,
  holdings: Holdings,
): Promise<void> => {
  await reportHoldings(stage, node, holdings, epoch);
  const drain = { drainId, epoch, drainUntil, inventoryDigest: holdings.digest, bootId: node.bootId };
  await node.report({
    type: 'command-result',
    result: { commandId, attempt, commandType: 'drain', outcome: 'succeeded', drain },
  });
  await stage.until(
    async () =>
      (await stage.operator.stores.nodes.get(node.nodeId))?.drain?.acknowledgedBootId === node.bootId,
    `the acknowledgement of ${node.nodeId} in its item`,
  );
  await beatUntilRecorded(stage, node, {
    mode: 'draining',
    drain: { drainId, epoch, drainUntil, acknowledged: true },
    configDigest: holdings.configDigest,
  });
};

export type { Holdings };
export { acknowledge, beatUntilRecorded, idleHeartbeat, nextCommand, reportHoldings, storeHoldings };
