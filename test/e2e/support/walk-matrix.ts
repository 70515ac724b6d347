import {
  AutoSyncConfig,
  createLambdaIdleDaemon,
  createModelDistributionDaemon,
  createNpzDistributionDaemon,
  createReplicationMonitor,
  createReplicationRepairDaemon,
  createRunpodIdleDaemon,
  createVastIdleDaemon,
  DataType,
  DistributionConfig,
  getClusterDataSyncDaemon,
  getClusterHealthSummary,
  getEphemeralSyncDaemon,
  getEventCoordinator,
  getHealthOrchestrator,
  getNodeHealth,
  getNodeHealthMonitor,
  getSystemHealth,
  getTrainingNodeWatcher,
  QueuePopulator,
  QueuePopulatorConfig,
  SyncCoordinator,
  startCoordinator,
  UnifiedDistributionDaemon,
} from '../../../compat.ts';

/**
 * A program that is on its way over: it calls every old name of the matrix that has an equivalent, each twice, and prints what came of
 * it and which warnings it saw, as one JSON document. `walk-matrix.ts <nodeId> <model> <dataset> <hosts>`: the second and third as
 * name@version, the last is a distributed_hosts.yaml.
 */
const [nodeId = '', model = '', dataset = '', hosts = ''] = process.argv.slice(2);
const warnings: { name: string; code: unknown }[] = [];
process.on('warning', (warning) => {
  warnings.push({ name: warning.name, code: 'code' in warning ? warning.code : undefined });
});
const partsOf = (artifact: string) => {
  const [name = '', version = ''] = artifact.split('@');
  return { name, version };
};

const health = {
  old: [await getSystemHealth(), await getSystemHealth()][1],
  new: await getClusterHealthSummary(),
};
const node = {
  old: await getNodeHealthMonitor().getNodeHealth(nodeId),
  again: await getNodeHealthMonitor().getNodeHealth(nodeId),
  orchestrator: await getHealthOrchestrator().getNodeHealth(nodeId),
  new: await getNodeHealth(nodeId),
};

const started = [await startCoordinator(), await startCoordinator()];
const heard: string[] = [];
const subscription = getEventCoordinator().subscribe('TrainingCompleted', ({ eventId }) => {
  heard.push(eventId);
});
const published = await getEventCoordinator().publish('TrainingCompleted', { runId: 'run-walk' });
for (let waited = 0; heard.length === 0 && waited < 200; waited += 1)
  await new Promise((resolve) => setTimeout(resolve, 100));
subscription.stop();
await subscription.ended;

const distributed = {
  model: await createModelDistributionDaemon().distribute({ dataType: DataType.MODEL, ...partsOf(model) }),
  npz: await createNpzDistributionDaemon().distribute({ dataType: DataType.NPZ, ...partsOf(dataset) }),
  both: await new UnifiedDistributionDaemon({
    config: new DistributionConfig({ dataTypes: [DataType.MODEL, DataType.NPZ] }),
  }).distribute({ dataType: DataType.NPZ, ...partsOf(dataset) }),
};

const populator = new QueuePopulator({ config: new QueuePopulatorConfig({ minQueueDepth: 10 }) });
const population = {
  made: await new QueuePopulator().populate(),
  status: await populator.status(),
};

const { name } = partsOf(dataset);
const broadcast = await getClusterDataSyncDaemon().syncNow({
  query: { name },
  kind: 'npz',
  timeoutSeconds: 60,
});
const watcher = getTrainingNodeWatcher();
const sync = {
  config: AutoSyncConfig.fromConfigFile(hosts),
  broadcast,
  training: {
    nodes: [...(await watcher.getTrainingNodes())],
    ...(await watcher.triggerPrioritySync({ name, nodeId })),
  },
  flushed: await getEphemeralSyncDaemon().flushNow({
    sourceNode: nodeId,
    name,
    kind: 'npz',
    reason: 'walk',
  }),
  status: await new SyncCoordinator().status(),
};
const replication = { before: await createReplicationMonitor().status() };
for (const artifactId of broadcast.artifactIds) await createReplicationRepairDaemon().repairNow(artifactId);

const attempt = async (work: () => Promise<unknown>): Promise<unknown> => {
  try {
    return await work();
  } catch (error) {
    return { refused: error instanceof Error ? error.message : String(error) };
  }
};
const idle = [];
for (const create of [createLambdaIdleDaemon, createVastIdleDaemon, createRunpodIdleDaemon]) {
  const daemon = create();
  idle.push({ stop: await attempt(() => daemon.stop('walk')), start: await attempt(() => create().start()) });
}

const stopped = [];
for (const daemon of [populator, createReplicationMonitor()])
  stopped.push({
    stop: await attempt(() => daemon.stop('walk')),
    start: await attempt(() => daemon.start()),
  });

await new Promise((resolve) => setImmediate(resolve));
console.log(
  JSON.stringify({
    health,
    node,
    started,
    heard,
    published,
    distributed,
    population,
    sync,
    replication,
    stopped,
    idle,
    warnings,
  }),
);
