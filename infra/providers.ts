import { Construct } from 'constructs';
import { FUNCTIONS, LISTED_PROVIDERS, RECONCILE_TIMEOUT_SECONDS } from '../lib/constants.ts';
import { DroverFunction } from './drover-function.ts';
import type { Events } from './events.ts';
import { EveryMinute } from './every-minute.ts';
import { alarmOnProviders } from './provider-alarms.ts';
import { allowProviderKeys } from './provider-keys.ts';
import type { State } from './state.ts';

interface ProvidersProps {
  readonly stage: string;
  readonly state: State;
  readonly events: Events;
}

/** Each minute and provider: instances against nodes, and what they cost. */
class Providers extends Construct {
  constructor(scope: Construct, id: string, { stage, state, events }: ProvidersProps) {
    super(scope, id);
    const reconcile = new DroverFunction(this, 'Reconcile', {
      stage,
      name: FUNCTIONS.reconcileInstances,
      description: 'Each minute per provider: instances against nodes, and what they cost',
      timeoutSeconds: RECONCILE_TIMEOUT_SECONDS,
      // 10,000 instances and their nodes are in memory at once.
      memoryMegabytes: 1024,
      environment: {
        stage,
        nodesTable: state.nodes.tableName,
        instancesTable: state.instances.tableName,
        controlTable: state.control.tableName,
        auditTable: state.audit.tableName,
        eventBusName: events.bus.eventBusName,
      },
    });
    state.nodes.allow(reconcile.role, ['GetItem', 'BatchGetItem', 'UpdateItem'], ['byLifecycle']);
    state.instances.allow(reconcile.role, ['Query', 'PutItem']);
    state.control.allow(reconcile.role, ['GetItem', 'Query', 'PutItem', 'UpdateItem']);
    state.audit.allow(reconcile.role, ['PutItem']);
    events.bus.grantPutEventsTo(reconcile.role);
    allowProviderKeys(reconcile.role, stage);
    reconcile.leaveRetriesToNextMinute();
    for (const provider of LISTED_PROVIDERS) {
      new EveryMinute(this, `EveryMinute-${provider}`, {
        stage,
        name: `${FUNCTIONS.reconcileInstances}-${provider}`,
        description: `Reconciles the instances of ${provider}`,
        runs: reconcile,
        input: { provider },
        deadLetters: events.targetDeadLetters,
      });
    }
    alarmOnProviders(this, stage);
  }
}

export type { ProvidersProps };
export { Providers };
