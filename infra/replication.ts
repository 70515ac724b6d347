import { Construct } from 'constructs';
import { FUNCTIONS, REPAIR_TIMEOUT_SECONDS } from '../lib/constants.ts';
import type { Artifacts } from './artifacts.ts';
import { DroverFunction } from './drover-function.ts';
import type { Events } from './events.ts';
import { EveryMinute } from './every-minute.ts';
import type { NodeQueues } from './node-queues.ts';
import type { State } from './state.ts';

interface ReplicationProps {
  readonly stage: string;
  readonly state: State;
  readonly events: Events;
  readonly artifacts: Artifacts;
  readonly nodeQueues: NodeQueues;
}

/** Copies that are missing are made good, each minute. */
class Replication extends Construct {
  constructor(
    scope: Construct,
    id: string,
    { stage, state, events, artifacts, nodeQueues }: ReplicationProps,
  ) {
    super(scope, id);
    const repair = new DroverFunction(this, 'Repair', {
      stage,
      name: FUNCTIONS.repairReplication,
      description: 'Each minute: missing copies are made good; every five minutes all are counted',
      timeoutSeconds: REPAIR_TIMEOUT_SECONDS,
      // 10,000 nodes and 7,000 artifacts are in memory at once.
      memoryMegabytes: 1024,
      environment: {
        nodesTable: state.nodes.tableName,
        artifactsTable: state.artifacts.tableName,
        commandsTable: state.commands.tableName,
        controlTable: state.control.tableName,
        auditTable: state.audit.tableName,
        eventBusName: events.bus.eventBusName,
        artifactBucket: artifacts.bucket.bucketName,
        nodeQueueUrlPrefix: nodeQueues.urlPrefix,
      },
    });
    // Copies of nodes that are gone are written off: which those are, the node items and inventories say.
    state.nodes.allow(repair.role, ['GetItem', 'BatchGetItem', 'UpdateItem'], ['byLifecycle']);
    state.artifacts.allow(
      repair.role,
      ['GetItem', 'Query', 'PutItem', 'UpdateItem'],
      ['byNode', 'byReplicas'],
    );
    state.commands.allow(repair.role, ['GetItem', 'PutItem']);
    // Ledger, roster and report; the lease; the holds.
    state.control.allow(repair.role, ['GetItem', 'Query', 'PutItem', 'UpdateItem']);
    state.audit.allow(repair.role, ['PutItem']);
    artifacts.allowReading(repair.role);
    events.bus.grantPutEventsTo(repair.role);
    nodeQueues.allowSending(repair.role);
    repair.leaveRetriesToNextMinute();
    new EveryMinute(this, 'EveryMinute', {
      stage,
      name: FUNCTIONS.repairReplication,
      description: 'Makes missing copies good',
      runs: repair,
      deadLetters: events.targetDeadLetters,
    });
  }
}

export type { ReplicationProps };
export { Replication };
