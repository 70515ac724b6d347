import { Construct } from 'constructs';
import { FUNCTIONS, IDLE_TIMEOUT_SECONDS, LISTED_PROVIDERS } from '../lib/constants.ts';
import type { Artifacts } from './artifacts.ts';
import { DroverFunction } from './drover-function.ts';
import type { Events } from './events.ts';
import { EveryMinute } from './every-minute.ts';
import type { NodeQueues } from './node-queues.ts';
import { allowProviderKeys } from './provider-keys.ts';
import type { State } from './state.ts';

interface IdleProps {
  readonly stage: string;
  readonly state: State;
  readonly events: Events;
  readonly artifacts: Artifacts;
  readonly nodeQueues: NodeQueues;
}

/** Each minute and provider: what is surely idle drains, and ends when nothing would be lost. */
class Idle extends Construct {
  constructor(scope: Construct, id: string, { stage, state, events, artifacts, nodeQueues }: IdleProps) {
    super(scope, id);
    const shutDown = new DroverFunction(this, 'ShutDown', {
      stage,
      name: FUNCTIONS.shutDownIdle,
      description: 'Each minute per provider: drains nodes that are surely idle, and ends them',
      timeoutSeconds: IDLE_TIMEOUT_SECONDS,
      // 10,000 nodes and their instances are in memory at once.
      memoryMegabytes: 1024,
      environment: {
        stage,
        nodesTable: state.nodes.tableName,
        artifactsTable: state.artifacts.tableName,
        commandsTable: state.commands.tableName,
        instancesTable: state.instances.tableName,
        workTable: state.work.tableName,
        controlTable: state.control.tableName,
        auditTable: state.audit.tableName,
        eventBusName: events.bus.eventBusName,
        artifactBucket: artifacts.bucket.bucketName,
        nodeQueueUrlPrefix: nodeQueues.urlPrefix,
      },
    });
    const { role } = shutDown;
    state.nodes.allow(role, ['GetItem', 'BatchGetItem', 'UpdateItem'], ['byLifecycle']);
    state.artifacts.allow(role, ['GetItem']);
    state.commands.allow(role, ['PutItem']);
    state.instances.allow(role, ['Query']);
    // Work that waits keeps the nodes that could take it.
    state.work.allow(role, [], ['byStatus']);
    state.control.allow(role, ['GetItem', 'Query', 'PutItem', 'UpdateItem']);
    state.audit.allow(role, ['PutItem']);
    events.bus.grantPutEventsTo(role);
    artifacts.allowReading(role);
    allowProviderKeys(role, stage);
    nodeQueues.allowSending(role);
    shutDown.leaveRetriesToNextMinute();
    for (const provider of LISTED_PROVIDERS) {
      new EveryMinute(this, `EveryMinute-${provider}`, {
        stage,
        name: `${FUNCTIONS.shutDownIdle}-${provider}`,
        description: `Looks for idle nodes of ${provider}`,
        runs: shutDown,
        input: { provider },
        deadLetters: events.targetDeadLetters,
      });
    }
  }
}

export type { IdleProps };
export { Idle };
