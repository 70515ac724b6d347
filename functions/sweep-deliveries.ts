import { Logger } from '@aws-lambda-powertools/logger';
import { createDocumentClient, createSqsClient } from '../lib/aws/clients.ts';
import { throwCollected } from '../lib/collected-errors.ts';
import { FUNCTIONS } from '../lib/constants.ts';
import { distributionPolicySchema } from '../lib/distribution/policy.ts';
import { sweepDeliveries } from '../lib/distribution/sweep-deliveries.ts';
import { createDynamoHoldStore } from '../lib/holds/dynamo-hold-store.ts';
import { createHoldGate } from '../lib/holds/hold-gate.ts';
import { deleteNodeQueue } from '../lib/nodes/delete-node-queue.ts';
import { createDynamoNodeStore } from '../lib/nodes/dynamo-node-store.ts';
import { sweepNodeQueues } from '../lib/nodes/sweep-node-queues.ts';
import { systemClock } from '../lib/time.ts';
import { createDispatchPorts, dispatchEnvironment } from './dispatch-ports.ts';
import { readEnvironment } from './environment.ts';

const logger = new Logger({ serviceName: FUNCTIONS.sweepDeliveries });
const environment = readEnvironment(dispatchEnvironment);
const client = createDocumentClient();
const sqs = createSqsClient();
const policy = distributionPolicySchema.parse({});
const ports = createDispatchPorts(FUNCTIONS.sweepDeliveries, environment, client, sqs);
const queuePorts = {
  nodes: createDynamoNodeStore(client, environment.nodesTable),
  gate: createHoldGate({
    holds: createDynamoHoldStore(client, environment.controlTable),
    clock: systemClock,
    warn: (message, error) => logger.warn(message, { error: String(error) }),
  }),
  deleteQueue: (nodeId: string) => deleteNodeQueue(sqs, environment.nodeQueueUrlPrefix, nodeId),
  audit: ports.audit,
  commands: ports.commands,
  clock: systemClock,
  actor: FUNCTIONS.sweepDeliveries,
};

/** Each minute: what events did not finish. Errors throw at the end, so that the function's metric `Errors` counts them. */
const handler = async (): Promise<void> => {
  const [deliveries, queues] = await Promise.allSettled([
    sweepDeliveries(ports, policy),
    sweepNodeQueues(queuePorts),
  ]);
  if (deliveries.status === 'fulfilled') logger.info('deliveries swept', { ...deliveries.value });
  const failed = [deliveries, queues].flatMap((step) => (step.status === 'rejected' ? [step.reason] : []));
  throwCollected(failed, 'the sweep failed; the next minute tries again');
};

export { handler };
