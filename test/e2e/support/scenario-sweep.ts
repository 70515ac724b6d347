import { randomUUID } from 'node:crypto';
import { FUNCTIONS, resourceName } from '../../../lib/constants.ts';
import { LOCAL_STAGE } from '../../../local/synth.ts';
import { type PublishedArtifact, publishModel } from './scenario-artifact.ts';
import type { Check } from './scenario-check.ts';
import { heartbeat } from './scenario-node.ts';
import type { Stage } from './scenario-stage.ts';

const sweep = FUNCTIONS.sweepDeliveries;
const RULE = resourceName(LOCAL_STAGE, sweep);

const LONG_AGO = '2026-01-31T12:00:00.000Z';

/** A delivery to a live node whose wait before a repeat is over. Nobody else moves it on where queues are not consumed. */
const makeDueDelivery = async ({ operator, node }: Stage): Promise<PublishedArtifact> => {
  const { nodeId, bootId } = await node();
  await operator.stores.nodes.recordHeartbeat(nodeId, { bootId, seq: 1, heartbeat, sentAt: new Date() });
  const published = await publishModel(operator);
  await operator.stores.deliveries.create({
    artifactId: published.artifact.artifactId,
    nodeId,
    state: 'pending',
    attempt: 1,
    attemptBase: 0,
    dueAt: LONG_AGO,
    bytesTotal: published.artifact.bytes,
    distributionIds: [],
    createdAt: new Date().toISOString(),
    updatedAt: LONG_AGO,
    revision: 0,
  });
  return published;
};

/** A distribution past its deadline; answers its id. */
const makeOverdueDistribution = async ({ operator }: Stage): Promise<string> => {
  const { artifact } = await publishModel(operator);
  const distributionId = randomUUID();
  const { artifactId, kind, name, version, bytes } = artifact;
  await operator.stores.distributions.create({
    distributionId,
    ...{ artifactId, kind, name, version, bytes },
    trigger: 'promotion',
    eventId: randomUUID(),
    state: 'running',
    createdAt: LONG_AGO,
    deadlineAt: LONG_AGO,
    targetNodeIds: [],
    verifiedNodeIds: [],
    failedNodes: {},
    requiredVerified: 1,
    skippedCounts: {},
    skippedNodes: {},
    revision: 0,
  });
  return distributionId;
};

const isAnnounced = async ({ operator }: Stage, distributionId: string): Promise<boolean> =>
  (await operator.stores.distributions.get(distributionId))?.announcedAt !== undefined;

const sweepChecks: readonly Check[] = [
  {
    name: 'the sweep sends a due delivery again',
    covers: [sweep],
    cloud: 'still',
    run: async (stage) => {
      const { artifact, bytes } = await makeDueDelivery(stage);
      const node = await stage.node();
      await stage.cloud.tick(RULE);
      const command = await node.takeCommand();
      if (command?.type !== 'pull' || command.artifactId !== artifact.artifactId || command.attempt !== 2) {
        throw new Error(`the node got ${JSON.stringify(command)}, not the second attempt to pull`);
      }
      if ((await node.fetch(command.store)) !== bytes) throw new Error('the command points at other bytes');
    },
  },
  {
    name: 'the sweep ends a distribution at its deadline, with an audit row and DistributionIncomplete',
    covers: [
      `rule ${sweep}`,
      `DISTRIBUTIONS_TABLE of ${sweep}`,
      `AUDIT_TABLE of ${sweep}`,
      `EVENT_BUS_NAME of ${sweep}`,
      // Beside its deadline: each of them alone makes the start of the function fail.
      sweep,
    ],
    cloud: 'still',
    run: async (stage) => {
      const { operator, cloud, until } = stage;
      const distributionId = await makeOverdueDistribution(stage);
      await cloud.tick(RULE);
      if (!(await isAnnounced(stage, distributionId))) throw new Error('the distribution goes on');
      const rows = await operator.stores.audit.listBySubject(`distribution:${distributionId}`, 10);
      if (rows[0]?.actor !== sweep) throw new Error('its end has no audit row of the sweep');
      await until(
        async () =>
          (await operator.events('DistributionIncomplete')).some(
            ({ detail }) => detail['distributionId'] === distributionId,
          ),
        'DistributionIncomplete in the events log',
      );
    },
  },
  {
    name: 'the sweep runs by itself within each minute',
    covers: [`schedule ${sweep}`],
    cloud: 'scheduled',
    run: async (stage) => {
      const distributionId = await makeOverdueDistribution(stage);
      await stage.untilScheduled(() => isAnnounced(stage, distributionId), 'a sweep that nobody started');
    },
  },
];

export { sweepChecks };
