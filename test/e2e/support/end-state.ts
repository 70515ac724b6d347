import { readlinkSync } from 'node:fs';
import { join } from 'node:path';
import { GetQueueAttributesCommand } from '@aws-sdk/client-sqs';
import { artifactPath } from '../../../lib/artifacts/artifact.ts';
import { QUEUES, resourceName, TABLES } from '../../../lib/constants.ts';
import { createDynamoTransferSlots } from '../../../lib/distribution/dynamo-transfer-slots.ts';
import type { EventName } from '../../../lib/events/catalogue.ts';
import { LOCAL_STAGE } from '../../../local/synth.ts';
import type { TestNode } from './fleet.ts';
import { sha256Of } from './make-file.ts';
import { stageQueueUrl } from './node-caller.ts';
import type { Operator } from './operator.ts';
import { waitFor } from './wait-for.ts';

const QUIET_LOOKS = 5;

/** Waits until the queues of all consumers stay empty: nothing is under way. */
const untilQuiet = async ({ clients }: Operator): Promise<void> => {
  let quiet = 0;
  await waitFor(
    async () => {
      const counts = await Promise.all(
        Object.values(QUEUES).map(async (queue) => {
          const { Attributes = {} } = await clients.sqs.send(
            new GetQueueAttributesCommand({ QueueUrl: stageQueueUrl(queue), AttributeNames: ['All'] }),
          );
          const { ApproximateNumberOfMessages: seen, ApproximateNumberOfMessagesNotVisible: hidden } =
            Attributes;
          return Number(seen) + Number(hidden);
        }),
      );
      quiet = counts.every((count) => count === 0) ? quiet + 1 : 0;
      return quiet >= QUIET_LOOKS;
    },
    60,
    'the queues to stay empty',
  );
};

const sorted = (values: readonly string[]): string[] => values.toSorted();

/**
 * What an installation came to, in words that do not depend on ids and times: two runs of the same scenario must say the same.
 * Nodes are called by their instance id.
 */
const endState = async (operator: Operator, nodes: readonly TestNode[]) => {
  const { stores, clients } = operator;
  const names = new Map(nodes.map(({ nodeId, instanceId }) => [nodeId, instanceId]));
  const nameOf = (nodeId: string): string => names.get(nodeId) ?? nodeId;
  const artifacts = await stores.artifacts.list({ limit: 100 });
  const described = await Promise.all(
    artifacts.map(async (artifact) => {
      const deliveries = await stores.deliveries.listByArtifact(artifact.artifactId);
      const distributions = await stores.distributions.listByArtifact(artifact.artifactId);
      const files = await Promise.all(
        nodes.map(async ({ instanceId, dataFolder }) => {
          const found = await sha256Of(join(dataFolder, artifactPath(artifact))).catch(() => 'absent');
          return `${instanceId}: ${found === artifact.artifactId ? 'verified' : found}`;
        }),
      );
      return {
        artifact: `${artifact.kind} ${artifact.name}@${artifact.version}`,
        promotedAt: artifact.promotedAt,
        holders: sorted(artifact.replicaNodeIds.map(nameOf)),
        files,
        deliveries: sorted(
          deliveries.map(
            ({ nodeId, state, attempt, lastFailure, distributionIds }) =>
              `${nameOf(nodeId)}: ${state}, attempt ${attempt}, ${lastFailure?.class ?? 'no failure'}, ${distributionIds.length} distributions`,
          ),
        ),
        distributions: sorted(
          distributions.map(
            ({ trigger, state, announcedAt, targetNodeIds, verifiedNodeIds, failedNodes }) =>
              `${trigger}: ${state}, ${announcedAt === undefined ? 'not announced' : 'announced'}, targets ${sorted(targetNodeIds.map(nameOf))}, verified ${sorted(verifiedNodeIds.map(nameOf))}, failed ${sorted(Object.keys(failedNodes).map(nameOf))}`,
          ),
        ),
      };
    }),
  );
  const open = await Promise.all(nodes.map(({ nodeId }) => stores.commands.listOpen(nodeId)));
  const slots = createDynamoTransferSlots(clients.documents, resourceName(LOCAL_STAGE, TABLES.control));
  // With a limit of one, a place is granted only while nobody holds one.
  const free = await slots.acquire(['probe'], 1, new Date(Date.now() + 1000), new Date());
  await slots.release(['probe']);
  const count = async (name: EventName): Promise<number> => (await operator.events(name)).length;
  return {
    artifacts: described.toSorted((a, b) => a.artifact.localeCompare(b.artifact)),
    current: nodes.map(({ dataFolder }) => readlinkSync(join(dataFolder, 'models', 'm', 'current'))),
    openCommands: open.flat().map(({ command }) => command.type),
    noTransferSlotIsTaken: free.length === 1,
    nodes: (await stores.nodes.listByLifecycle(['pending', 'active']))
      .map(({ instanceId, lifecycle }) => `${instanceId}: ${lifecycle}`)
      .toSorted(),
    events: {
      activated: await count('NodeActivated'),
      started: await count('DistributionStarted'),
      completed: await count('DistributionCompleted'),
      incomplete: await count('DistributionIncomplete'),
      failed: await count('DeliveryFailed'),
    },
  };
};

export { endState, untilQuiet };
