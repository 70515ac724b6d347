import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { EventBridgeClient } from '@aws-sdk/client-eventbridge';
import { SQSClient } from '@aws-sdk/client-sqs';
import { DynamoDBDocumentClient } from '@aws-sdk/lib-dynamodb';
import { createDynamoArtifactStore } from '../../lib/artifacts/dynamo-artifact-store.ts';
import { resourceName, TABLES } from '../../lib/constants.ts';
import { createDynamoDeliveryStore } from '../../lib/distribution/dynamo-delivery-store.ts';
import { createDynamoNodeStore } from '../../lib/nodes/dynamo-node-store.ts';
import type { Cloud } from '../../local/cloud.ts';
import { LOCAL_STAGE } from '../../local/synth.ts';
import { BENCH_USER_AGENT } from './count-requests.ts';

const table = (name: string): string => resourceName(LOCAL_STAGE, name);

/** The bench's own access to the embedded cloud, as the operator; its calls are not counted. */
const createOperatorClients = (cloud: Cloud) => {
  const environment = cloud.operatorEnvironment();
  const config = {
    endpoint: cloud.endpoint,
    region: cloud.region,
    credentials: {
      accessKeyId: environment['AWS_ACCESS_KEY_ID'] ?? '',
      secretAccessKey: environment['AWS_SECRET_ACCESS_KEY'] ?? '',
    },
    customUserAgent: BENCH_USER_AGENT,
  };
  const documents = DynamoDBDocumentClient.from(new DynamoDBClient(config), {
    marshallOptions: { removeUndefinedValues: true },
  });
  return {
    artifacts: createDynamoArtifactStore(documents, table(TABLES.artifacts)),
    deliveries: createDynamoDeliveryStore(documents, table(TABLES.artifacts)),
    nodes: createDynamoNodeStore(documents, table(TABLES.nodes)),
    events: new EventBridgeClient(config),
    sqs: new SQSClient({ ...config, useQueueUrlAsEndpoint: false }),
  };
};

type OperatorClients = ReturnType<typeof createOperatorClients>;

export type { OperatorClients };
export { createOperatorClients };
