import { GetCommand } from '@aws-sdk/lib-dynamodb';
import * as z from 'zod';
import { FUNCTIONS, QUEUES, resourceName, TABLES } from '../../../lib/constants.ts';
import { LOCAL_STAGE } from '../../../local/synth.ts';
import { publishModel } from './scenario-artifact.ts';
import type { Check } from './scenario-check.ts';
import { PIPELINE, putEvent } from './scenario-events.ts';
import type { ScriptedNode } from './scenario-node.ts';
import type { Stage } from './scenario-stage.ts';

type Pull = Extract<Awaited<ReturnType<ScriptedNode['takeCommand']>>, { type: 'pull' }>;

const activeNode = async ({ node, operator, until }: Stage): Promise<ScriptedNode> => {
  const enrolled = await node();
  await enrolled.beat();
  await until(
    async () => (await operator.stores.nodes.get(enrolled.nodeId))?.lifecycle === 'active',
    `${enrolled.nodeId} to be active`,
  );
  return enrolled;
};

/** The next command for the artifact; it must point at bytes that the node can read. */
const nextPull = async (stage: Stage, node: ScriptedNode, artifactId: string): Promise<Pull> =>
  stage.until(async () => {
    const command = await node.takeCommand();
    return command?.type === 'pull' && command.artifactId === artifactId ? command : undefined;
  }, `the command to pull ${artifactId}`);

const answerVerified = (
  node: ScriptedNode,
  { commandId, attempt, artifactId, bytes, path }: Pull,
): Promise<void> =>
  node.report({
    type: 'command-result',
    result: {
      commandId,
      attempt,
      commandType: 'pull',
      outcome: 'succeeded',
      file: { artifactId, bytes, path, transferredBytes: bytes, durationSeconds: 0 },
    },
  });

const controlItemSchema = z.looseObject({}).optional();

const slotItem = async ({ operator }: Stage): Promise<string> => {
  const { Item } = await operator.clients.documents.send(
    new GetCommand({
      TableName: resourceName(LOCAL_STAGE, TABLES.control),
      Key: { scope: 'TRANSFERS', item: 'slots' },
      ConsistentRead: true,
    }),
  );
  return JSON.stringify(controlItemSchema.parse(Item) ?? {});
};

const distributionChecks: readonly Check[] = [
  {
    name: 'a model that the pipeline promoted reaches the node, is verified, and the distribution completes',
    covers: [
      FUNCTIONS.routeEvents,
      FUNCTIONS.dispatchDistribution,
      FUNCTIONS.recordReports,
      QUEUES.ingest,
      QUEUES.distribution,
    ],
    cloud: 'running',
    run: async (stage) => {
      const { operator, until } = stage;
      const node = await activeNode(stage);
      const { artifact, bytes } = await publishModel(operator);
      const { artifactId } = artifact;
      await putEvent(operator, { source: PIPELINE, name: 'ModelPromoted', fields: { artifactId } });
      const command = await nextPull(stage, node, artifactId);
      if ((await node.fetch(command.store)) !== bytes) throw new Error('the command points at other bytes');
      if (!(await slotItem(stage)).includes(command.commandId)) throw new Error('the transfer took no slot');

      await answerVerified(node, command);

      await until(async () => {
        const [row] = await operator.stores.deliveries.listByArtifact(artifactId);
        return row?.state === 'verified';
      }, 'the delivery row to be verified');
      const ended = await until(async () => {
        const [distribution] = await operator.stores.distributions.listByArtifact(artifactId);
        return distribution?.announcedAt === undefined ? undefined : distribution;
      }, 'the end of the distribution to be announced');
      if (ended.state !== 'completed') throw new Error(`the distribution ended as ${ended.state}`);
      if (!(await operator.stores.artifacts.get(artifactId))?.replicaNodeIds.includes(node.nodeId)) {
        throw new Error('META does not name the replica of the node');
      }
      if ((await slotItem(stage)).includes(command.commandId)) throw new Error('the transfer kept its slot');
      const actions = (
        await operator.stores.audit.listBySubject(`distribution:${ended.distributionId}`, 10)
      ).map(({ action }) => action);
      if (actions.toSorted().join() !== 'end-distribution,start-distribution') {
        throw new Error(`the audit rows of the distribution are: ${actions.join()}`);
      }
    },
  },
];

export { activeNode, distributionChecks, nextPull, slotItem };
