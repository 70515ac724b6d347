import { Logger } from '@aws-lambda-powertools/logger';
import { EventBridgeClient } from '@aws-sdk/client-eventbridge';
import { S3Client } from '@aws-sdk/client-s3';
import { createDynamoArtifactStore } from '../lib/artifacts/dynamo-artifact-store.ts';
import { createS3StoreObjects } from '../lib/artifacts/s3-store-objects.ts';
import { createDynamoAuditStore } from '../lib/audit/dynamo-audit-store.ts';
import { createDocumentClient, createSqsClient } from '../lib/aws/clients.ts';
import { createDynamoCommandStore } from '../lib/commands/dynamo-command-store.ts';
import { createCachedConfig } from '../lib/config/cached-config.ts';
import { createDynamoConfigStore } from '../lib/config/dynamo-config-store.ts';
import { CONFIG_MAX_AGE_SECONDS, EVENT_SOURCE, FUNCTIONS, METRICS } from '../lib/constants.ts';
import { createDynamoDeliveryStore } from '../lib/distribution/dynamo-delivery-store.ts';
import { createDynamoDistributionStore } from '../lib/distribution/dynamo-distribution-store.ts';
import { createDynamoTransferSlots } from '../lib/distribution/dynamo-transfer-slots.ts';
import { PermanentError } from '../lib/errors.ts';
import { createEventBridgePublisher } from '../lib/events/publish.ts';
import { resolveIdlePolicy } from '../lib/idle/idle-policy.ts';
import { criteriaOf } from '../lib/idle/idle-snapshot.ts';
import { checkSender } from '../lib/nodes/check-sender.ts';
import { createDynamoNodeStore } from '../lib/nodes/dynamo-node-store.ts';
import { parseReport } from '../lib/nodes/parse-report.ts';
import { type ReportPorts, recordReport } from '../lib/nodes/record-report.ts';
import { createS3InventoryDocuments } from '../lib/nodes/s3-inventory-documents.ts';
import { systemClock } from '../lib/time.ts';
import { readEnvironment } from './environment.ts';
import { createRecordsHandler } from './process-records.ts';
import { parseJsonBody } from './queue-record.ts';

const environment = readEnvironment([
  'nodesTable',
  'artifactsTable',
  'commandsTable',
  'distributionsTable',
  'controlTable',
  'auditTable',
  'eventBusName',
  'artifactBucket',
  'nodeRoleId',
  'refusedQueueUrl',
]);
const logger = new Logger({ serviceName: FUNCTIONS.recordReports });
const documents = createDocumentClient();
/** Agents beat far more often than anybody edits a policy. */
const config = createCachedConfig(
  createDynamoConfigStore(documents, environment.controlTable),
  systemClock,
  CONFIG_MAX_AGE_SECONDS,
);
const s3 = new S3Client({});
const ports: ReportPorts = {
  nodes: createDynamoNodeStore(documents, environment.nodesTable),
  artifacts: createDynamoArtifactStore(documents, environment.artifactsTable),
  deliveries: createDynamoDeliveryStore(documents, environment.artifactsTable),
  commands: createDynamoCommandStore(documents, environment.commandsTable),
  distributions: createDynamoDistributionStore(documents, environment.distributionsTable),
  slots: createDynamoTransferSlots(documents, environment.controlTable),
  audit: createDynamoAuditStore(documents, environment.auditTable),
  documents: createS3InventoryDocuments(s3, environment.artifactBucket),
  objects: createS3StoreObjects(s3),
  bucket: environment.artifactBucket,
  publisher: createEventBridgePublisher({
    client: new EventBridgeClient({}),
    busName: environment.eventBusName,
    source: EVENT_SOURCE,
  }),
  clock: systemClock,
  idleCriteria: async (node) => criteriaOf(resolveIdlePolicy((await config.current()).config.idle, node)),
  recordWork: async (node) => {
    throw new PermanentError(`report of work of ${node.nodeId}, which was given none`);
  },
  warn: (message, error) => logger.warn(message, { error: String(error) }),
};

/** What agents report: heartbeats, inventories, answers to commands, uploads. A node speaks only for itself. */
const handler = createRecordsHandler({
  functionName: FUNCTIONS.recordReports,
  refusedQueueUrl: environment.refusedQueueUrl,
  sqs: createSqsClient(),
  clock: systemClock,
  parse: ({ body, senderId }) => {
    const report = parseReport(parseJsonBody(body));
    checkSender(senderId, environment.nodeRoleId, report.nodeId);
    return report;
  },
  handle: (report, { sentAt }, measure) => {
    const tellAnswerSeconds = (seconds: number): void =>
      measure.seconds(METRICS.commandLatencySeconds, seconds);
    return recordReport({ ...ports, tellAnswerSeconds }, report, sentAt);
  },
});

export { handler };
