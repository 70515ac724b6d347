import { InvokeCommand } from '@aws-sdk/client-lambda';
import { FLEET_HEALTH_KEY, FUNCTIONS, QUEUES, resourceName, TABLES } from '../../../lib/constants.ts';
import { createDynamoOutcomeStore } from '../../../lib/health/dynamo-outcome-store.ts';
import { fleetHealthSchema } from '../../../lib/health/fleet-health.ts';
import { LOCAL_STAGE } from '../../../local/synth.ts';
import type { Check } from './scenario-check.ts';
import { PIPELINE, putEvent } from './scenario-events.ts';
import { findRecord, type RentedNode, rentNode, runReconcile } from './scenario-instance.ts';
import { heartbeat } from './scenario-node.ts';
import type { Stage } from './scenario-stage.ts';

const score = FUNCTIONS.scoreHealth;
const evaluate = ({ cloud }: Stage): Promise<void> => cloud.tick(resourceName(LOCAL_STAGE, score));

/** @throws when a part of the picture could not be read: the function evaluates the rest, and then fails */
const evaluateInFull = async ({ operator: { clients } }: Stage): Promise<void> => {
  const { FunctionError, Payload } = await clients.lambda.send(
    new InvokeCommand({ FunctionName: resourceName(LOCAL_STAGE, score) }),
  );
  if (FunctionError !== undefined) throw new Error(Payload?.transformToString() ?? FunctionError);
};

const outcomesOf = ({ operator }: Stage) =>
  createDynamoOutcomeStore(operator.clients.documents, resourceName(LOCAL_STAGE, TABLES.control));

/** A node that beats, on an instance that its provider lists. */
const makeBeatingNode = async (stage: Stage): Promise<RentedNode> => {
  const rented = await rentNode(stage, 'vast');
  const { nodeId, bootId } = rented.node;
  await stage.operator.stores.nodes.recordHeartbeat(nodeId, {
    bootId,
    seq: 1,
    heartbeat,
    sentAt: new Date(),
  });
  await runReconcile(stage, 'vast');
  return rented;
};

/** From the next evaluation on, the provider has another word about the instance. */
const callUnhealthy = async (stage: Stage, instanceId: string): Promise<void> => {
  const { revision, ...record } = await findRecord(stage, 'vast', instanceId);
  const instance = { ...record.instance, status: 'unhealthy' as const };
  if (!(await stage.operator.stores.instances.put({ ...record, instance }, revision)))
    throw new Error('a cycle that nobody started came in between');
};

const healthChecks: readonly Check[] = [
  {
    name: 'an evaluation finds how a node is, by its beats and the word of its provider, and tells it to nodes, operators and the audit',
    covers: [`rule ${score}`, score],
    cloud: 'still',
    run: async (stage) => {
      const { operator, until } = stage;
      const { node, instanceId } = await makeBeatingNode(stage);
      const healthOf = async () => (await operator.stores.nodes.get(node.nodeId))?.health;
      await evaluate(stage);
      if ((await healthOf())?.state !== 'healthy') throw new Error(`${node.nodeId} is not healthy`);
      await callUnhealthy(stage, instanceId);
      await evaluate(stage);
      const reasons = (await healthOf())?.reasons.join();
      if (reasons !== 'provider-says-unhealthy') throw new Error(`${node.nodeId} is said to be: ${reasons}`);
      const told = await node.fetch({ bucket: node.answer.artifactBucket, key: FLEET_HEALTH_KEY });
      node.close();
      const { notHealthy } = fleetHealthSchema.parse(JSON.parse(told));
      if (!notHealthy.some(({ nodeId }) => nodeId === node.nodeId))
        throw new Error('nodes are not told of it');
      const rows = await operator.stores.audit.listBySubject(`node:${node.nodeId}`, 10);
      if (!rows.some(({ actor, action }) => actor === score && action === 'change-node-health'))
        throw new Error('the change has no audit row');
      await until(
        async () =>
          (await operator.events('NodeHealthChanged')).some(({ detail }) => detail['nodeId'] === node.nodeId),
        'NodeHealthChanged in the events log',
      );
    },
  },
  {
    name: 'an evaluation reads every part of the picture, also how many reports wait',
    covers: [`REPORTS_QUEUE_URL of ${score}`],
    cloud: 'still',
    run: evaluateInFull,
  },
  {
    name: 'a run that the pipeline says failed is counted',
    covers: [FUNCTIONS.recordOutcomes, QUEUES.outcomes],
    cloud: 'running',
    run: async (stage) => {
      const outcomes = outcomesOf(stage);
      const before = (await outcomes.getCircuit('evaluation'))?.failures ?? 0;
      await putEvent(stage.operator, {
        source: PIPELINE,
        name: 'EvaluationFailed',
        fields: { runId: 'run-1', message: 'no games' },
      });
      await stage.until(
        async () => ((await outcomes.getCircuit('evaluation'))?.failures ?? 0) > before,
        'the failed evaluation to be counted',
      );
    },
  },
  {
    name: 'the fleet is evaluated by itself within each minute',
    covers: [`schedule ${score}`],
    cloud: 'scheduled',
    run: async ({ operator, untilScheduled }) => {
      await untilScheduled(
        async () => (await operator.stores.evaluations.get()) !== undefined,
        'an evaluation that nobody started',
      );
    },
  },
];

export { healthChecks };
