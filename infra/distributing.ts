import type { IRole } from 'aws-cdk-lib/aws-iam';
import type { Artifacts } from './artifacts.ts';
import type { Events } from './events.ts';
import type { NodeQueues } from './node-queues.ts';
import type { State } from './state.ts';

interface DistributingProps {
  readonly stage: string;
  readonly state: State;
  readonly events: Events;
  readonly artifacts: Artifacts;
  readonly nodeQueues: NodeQueues;
}

/** What functions read that start distributions and move them on. */
const distributingEnvironment = ({ state, events, artifacts, nodeQueues }: DistributingProps) => ({
  nodesTable: state.nodes.tableName,
  artifactsTable: state.artifacts.tableName,
  commandsTable: state.commands.tableName,
  distributionsTable: state.distributions.tableName,
  controlTable: state.control.tableName,
  auditTable: state.audit.tableName,
  eventBusName: events.bus.eventBusName,
  artifactBucket: artifacts.bucket.bucketName,
  nodeQueueUrlPrefix: nodeQueues.urlPrefix,
});

/** The rights that they need for it. */
const allowDistributing = (role: IRole, { state, events, nodeQueues }: DistributingProps): void => {
  state.nodes.allow(role, ['GetItem'], ['byLifecycle']);
  state.artifacts.allow(role, ['GetItem', 'Query', 'PutItem', 'UpdateItem'], ['byName', 'byDeliveryState']);
  state.commands.allow(role, ['GetItem', 'PutItem']);
  state.distributions.allow(role, ['GetItem', 'PutItem', 'UpdateItem']);
  state.control.allow(role, ['GetItem', 'PutItem', 'UpdateItem']);
  state.audit.allow(role, ['PutItem']);
  events.bus.grantPutEventsTo(role);
  nodeQueues.allowSending(role);
};

export type { DistributingProps };
export { allowDistributing, distributingEnvironment };
