import { CloudWatchLogsClient } from '@aws-sdk/client-cloudwatch-logs';
import { EventBridgeClient } from '@aws-sdk/client-eventbridge';
import { InvokeCommand, LambdaClient } from '@aws-sdk/client-lambda';
import { GetCallerIdentityCommand, STSClient } from '@aws-sdk/client-sts';
import { openHealth, openSync } from '../index.ts';
import { createDynamoArtifactStore } from '../lib/artifacts/dynamo-artifact-store.ts';
import { createDynamoAuditStore } from '../lib/audit/dynamo-audit-store.ts';
import { createDocumentClient } from '../lib/aws/clients.ts';
import { createDynamoConfigStore } from '../lib/config/dynamo-config-store.ts';
import { eventsLogGroupName, FUNCTIONS, resourceName, STAGE_PATTERN, TABLES } from '../lib/constants.ts';
import { PermanentError, TransientError } from '../lib/errors.ts';
import { createEventBridgePublisher } from '../lib/events/publish.ts';
import { subscribe } from '../lib/events/subscribe.ts';
import { createDynamoHoldStore } from '../lib/holds/dynamo-hold-store.ts';
import { randomIds } from '../lib/ids.ts';
import type { CompatPorts } from '../lib/migration/compat/compat-ports.ts';
import { createDynamoNodeStore } from '../lib/nodes/dynamo-node-store.ts';
import { createDynamoReplicationStore } from '../lib/replication/dynamo-replication-store.ts';
import { systemClock } from '../lib/time.ts';
import { createDynamoPopulationStore } from '../lib/work/dynamo-population-store.ts';

/** Which installation. Credentials, region and endpoint are the AWS SDK's own. */
interface Options {
  /** Default: the variable DROVER_STAGE. */
  readonly stage?: string;
}

/** Not one of Drover's own sources: `route-events` validates what old code sends. */
const EVENT_SOURCE = 'compat';

const askCaller = async (): Promise<string> => {
  const { Arn } = await new STSClient({}).send(new GetCallerIdentityCommand({}));
  if (Arn === undefined) throw new PermanentError('STS did not say who the caller is: check the credentials');
  return Arn;
};

const runPopulateQueue = async (stage: string): Promise<void> => {
  const name = resourceName(stage, FUNCTIONS.populateQueue);
  const { FunctionError } = await new LambdaClient({}).send(new InvokeCommand({ FunctionName: name }));
  if (FunctionError !== undefined)
    throw new TransientError(
      `${name} failed (${FunctionError}); the next minute tries again: its log says why`,
    );
};

const openInstallation = (stage: string): CompatPorts => {
  const documents = createDocumentClient();
  const control = resourceName(stage, TABLES.control);
  return {
    health: openHealth(stage),
    holds: createDynamoHoldStore(documents, control),
    audit: createDynamoAuditStore(documents, resourceName(stage, TABLES.audit)),
    config: createDynamoConfigStore(documents, control),
    sync: openSync(stage),
    nodes: createDynamoNodeStore(documents, resourceName(stage, TABLES.nodes)),
    artifacts: createDynamoArtifactStore(documents, resourceName(stage, TABLES.artifacts)),
    replication: createDynamoReplicationStore(documents, control),
    populations: createDynamoPopulationStore(documents, control),
    populate: () => runPopulateQueue(stage),
    publisher: createEventBridgePublisher({
      client: new EventBridgeClient({}),
      busName: resourceName(stage, 'events'),
      source: EVENT_SOURCE,
    }),
    subscribe: (names, handler, signal) =>
      subscribe(
        {
          client: new CloudWatchLogsClient({}),
          group: eventsLogGroupName(stage),
          since: systemClock.now(),
          signal,
        },
        names,
        handler,
      ),
    caller: askCaller,
    get mayControl() {
      return process.env['DROVER_COMPAT_CONTROL'] === '1';
    },
    clock: systemClock,
    ids: randomIds,
  };
};

const opened = new Map<string, CompatPorts>();

/** @throws PermanentError when no stage is given, or one that cannot be */
const open = ({ stage = process.env['DROVER_STAGE'] }: Options = {}): CompatPorts => {
  if (stage === undefined || !STAGE_PATTERN.test(stage))
    throw new PermanentError(
      `${stage === undefined ? 'no stage was given' : `"${stage}" is no stage`}: set DROVER_STAGE, or the option stage, to the stage that was deployed`,
    );
  const ports = opened.get(stage) ?? openInstallation(stage);
  opened.set(stage, ports);
  return ports;
};

export type { Options };
export { open };
