import { EventBridgeClient } from '@aws-sdk/client-eventbridge';
import { STSClient } from '@aws-sdk/client-sts';
import { createDynamoAuditStore } from '../lib/audit/dynamo-audit-store.ts';
import { createDocumentClient, createSqsClient } from '../lib/aws/clients.ts';
import { EVENT_SOURCE, FUNCTIONS } from '../lib/constants.ts';
import { createEventBridgePublisher } from '../lib/events/publish.ts';
import { createDynamoIdentityStore } from '../lib/identity/dynamo-identity-store.ts';
import { enrollMachine } from '../lib/identity/enroll-machine.ts';
import { credentialsRequestSchema, enrollRequestSchema } from '../lib/identity/enrolment.ts';
import type { EnrolmentPorts } from '../lib/identity/enrolment-ports.ts';
import { issueCredentials } from '../lib/identity/issue-credentials.ts';
import { createStsCredentialsIssuer } from '../lib/identity/sts-credentials-issuer.ts';
import { createJoinTokenVerifier } from '../lib/identity/verify-join-token.ts';
import { randomIds } from '../lib/ids.ts';
import { createSqsNodeQueues } from '../lib/nodes/create-node-queue.ts';
import { createDynamoNodeStore } from '../lib/nodes/dynamo-node-store.ts';
import { readNodeQueueNames } from '../lib/nodes/node-queue-names.ts';
import { systemClock } from '../lib/time.ts';
import { readEnvironment } from './environment.ts';
import { createUrlHandler, parseRequest } from './function-url.ts';

const environment = readEnvironment([
  'stage',
  'nodesTable',
  'identityTable',
  'auditTable',
  'eventBusName',
  'artifactBucket',
  'reportsQueueUrl',
  'nodeQueueUrlPrefix',
  'nodeQueueArnPrefix',
  'nodeDeadLetterQueueArn',
  'nodeRoleArn',
]);
const { stage, nodeQueueUrlPrefix, nodeQueueArnPrefix, reportsQueueUrl, artifactBucket } = environment;
const { region } = readNodeQueueNames(stage, nodeQueueUrlPrefix, nodeQueueArnPrefix);
const settings = { stage, region, nodeQueueUrlPrefix, reportsQueueUrl, artifactBucket };

const documents = createDocumentClient();
const identity = createDynamoIdentityStore(documents, environment.identityTable);
const ports: EnrolmentPorts = {
  identity,
  nodes: createDynamoNodeStore(documents, environment.nodesTable),
  queues: createSqsNodeQueues({
    client: createSqsClient(),
    queueUrlPrefix: nodeQueueUrlPrefix,
    queueArnPrefix: nodeQueueArnPrefix,
    deadLetterQueueArn: environment.nodeDeadLetterQueueArn,
  }),
  issuer: createStsCredentialsIssuer(new STSClient({}), environment.nodeRoleArn),
  tokens: createJoinTokenVerifier(identity, systemClock),
  audit: createDynamoAuditStore(documents, environment.auditTable),
  publisher: createEventBridgePublisher({
    client: new EventBridgeClient({}),
    busName: environment.eventBusName,
    source: EVENT_SOURCE,
  }),
  ids: randomIds,
  clock: systemClock,
};

/** The enrolment API: machines become nodes, nodes get credentials. */
const handler = createUrlHandler(FUNCTIONS.enrollNode, {
  'POST /enroll': (body, sourceAddress) =>
    enrollMachine(ports, settings, parseRequest(enrollRequestSchema, body), { sourceAddress }),
  'POST /credentials': async (body, sourceAddress) => ({
    credentials: await issueCredentials(ports, parseRequest(credentialsRequestSchema, body), {
      sourceAddress,
    }),
  }),
});

export { handler };
