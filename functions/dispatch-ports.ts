import { EventBridgeClient } from '@aws-sdk/client-eventbridge';
import type { SQSClient } from '@aws-sdk/client-sqs';
import type { DynamoDBDocumentClient } from '@aws-sdk/lib-dynamodb';
import { createDynamoArtifactStore } from '../lib/artifacts/dynamo-artifact-store.ts';
import { createDynamoAuditStore } from '../lib/audit/dynamo-audit-store.ts';
import { createDynamoCommandStore } from '../lib/commands/dynamo-command-store.ts';
import { createSqsCommandSender } from '../lib/commands/sqs-command-sender.ts';
import { createCachedConfig } from '../lib/config/cached-config.ts';
import { createDynamoConfigStore } from '../lib/config/dynamo-config-store.ts';
import { CONFIG_MAX_AGE_SECONDS, EVENT_SOURCE, type FunctionName } from '../lib/constants.ts';
import type { DispatchPorts } from '../lib/distribution/delivery-ports.ts';
import { createDynamoDeliveryStore } from '../lib/distribution/dynamo-delivery-store.ts';
import { createDynamoDistributionStore } from '../lib/distribution/dynamo-distribution-store.ts';
import { createDynamoTransferSlots } from '../lib/distribution/dynamo-transfer-slots.ts';
import { createEventBridgePublisher } from '../lib/events/publish.ts';
import { createDynamoNodeStore } from '../lib/nodes/dynamo-node-store.ts';
import type { SyncConfig } from '../lib/sync/sync-config.ts';
import { systemClock } from '../lib/time.ts';
import type { EnvironmentName } from './environment.ts';

/** What functions read that move copies of artifacts. */
const copyEnvironment = [
  'nodesTable',
  'artifactsTable',
  'commandsTable',
  'controlTable',
  'auditTable',
  'eventBusName',
  'artifactBucket',
  'nodeQueueUrlPrefix',
] as const satisfies readonly EnvironmentName[];
type CopyEnvironment = Readonly<Record<(typeof copyEnvironment)[number], string>>;

/** What the functions of distribution and sync read. */
const dispatchEnvironment = [
  ...copyEnvironment,
  'distributionsTable',
] as const satisfies readonly EnvironmentName[];
type DispatchEnvironment = Readonly<Record<(typeof dispatchEnvironment)[number], string>>;

/** What moving copies takes, on AWS, whether a distribution wants them or not. */
const createCopyPorts = (
  actor: FunctionName,
  environment: CopyEnvironment,
  client: DynamoDBDocumentClient,
  sqs: SQSClient,
) => ({
  deliveries: createDynamoDeliveryStore(client, environment.artifactsTable),
  artifacts: createDynamoArtifactStore(client, environment.artifactsTable),
  commands: createDynamoCommandStore(client, environment.commandsTable),
  nodes: createDynamoNodeStore(client, environment.nodesTable),
  audit: createDynamoAuditStore(client, environment.auditTable),
  publisher: createEventBridgePublisher({
    client: new EventBridgeClient({}),
    busName: environment.eventBusName,
    source: EVENT_SOURCE,
  }),
  sender: createSqsCommandSender(sqs, environment.nodeQueueUrlPrefix),
  clock: systemClock,
  actor,
});

/** The ports of `dispatch-distribution`, `dispatch-sync` and `sweep-deliveries`, on AWS. */
const createDispatchPorts = (
  actor: FunctionName,
  environment: DispatchEnvironment,
  client: DynamoDBDocumentClient,
  sqs: SQSClient,
): DispatchPorts => ({
  ...createCopyPorts(actor, environment, client, sqs),
  distributions: createDynamoDistributionStore(client, environment.distributionsTable),
  slots: createDynamoTransferSlots(client, environment.controlTable),
  artifactBucket: environment.artifactBucket,
});

/** What holds for transfers, at most a minute old. */
const createSyncConfig = (
  { controlTable }: Pick<DispatchEnvironment, 'controlTable'>,
  client: DynamoDBDocumentClient,
): (() => Promise<SyncConfig>) => {
  const configs = createDynamoConfigStore(client, controlTable);
  const cached = createCachedConfig(configs, systemClock, CONFIG_MAX_AGE_SECONDS);
  return async () => (await cached.current()).config.sync;
};

export { copyEnvironment, createCopyPorts, createDispatchPorts, createSyncConfig, dispatchEnvironment };
