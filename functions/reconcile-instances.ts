import { Logger } from '@aws-lambda-powertools/logger';
import { Metrics, MetricUnit } from '@aws-lambda-powertools/metrics';
import { EventBridgeClient } from '@aws-sdk/client-eventbridge';
import { SecretsManagerClient } from '@aws-sdk/client-secrets-manager';
import * as z from 'zod';
import { createDynamoAuditStore } from '../lib/audit/dynamo-audit-store.ts';
import { createDocumentClient } from '../lib/aws/clients.ts';
import { EVENT_SOURCE, FUNCTIONS, METRICS, RECONCILE_LEASE_SECONDS } from '../lib/constants.ts';
import { createEventBridgePublisher } from '../lib/events/publish.ts';
import { createDynamoHoldStore } from '../lib/holds/dynamo-hold-store.ts';
import { createDynamoNodeStore } from '../lib/nodes/dynamo-node-store.ts';
import { providerSchema } from '../lib/nodes/node.ts';
import { createDynamoBudgetStore } from '../lib/providers/dynamo-budget-store.ts';
import { createDynamoInstanceStore } from '../lib/providers/dynamo-instance-store.ts';
import { createDynamoProviderStateStore } from '../lib/providers/dynamo-provider-state-store.ts';
import { enforceBudgets } from '../lib/providers/enforce-budgets.ts';
import { usdFromMicroUsd } from '../lib/providers/money.ts';
import { createProviderKeys } from '../lib/providers/provider-keys.ts';
import type { Provider } from '../lib/providers/provider-port.ts';
import type { ProviderState } from '../lib/providers/provider-state.ts';
import { RECONCILE_POLICY } from '../lib/providers/reconcile-policy.ts';
import { reconcileProvider } from '../lib/providers/reconcile-provider.ts';
import { createProviderSecrets } from '../lib/providers/secrets-manager-secrets.ts';
import { systemClock } from '../lib/time.ts';
import { readEnvironment } from './environment.ts';
import { createProviderOutcomes } from './provider-outcomes.ts';
import { openProvider } from './provider-ports.ts';
import { runProviderCycle } from './run-provider-cycle.ts';

const logger = new Logger({ serviceName: FUNCTIONS.reconcileInstances });
const metrics = new Metrics({ namespace: METRICS.namespace, serviceName: FUNCTIONS.reconcileInstances });
const environment = readEnvironment([
  'stage',
  'nodesTable',
  'instancesTable',
  'controlTable',
  'auditTable',
  'eventBusName',
]);
const client = createDocumentClient();
const keys = createProviderKeys(
  createProviderSecrets(new SecretsManagerClient({}), environment.stage),
  systemClock,
);
const states = createDynamoProviderStateStore(client, environment.controlTable);
const holds = createDynamoHoldStore(client, environment.controlTable);
const budgets = createDynamoBudgetStore(client, environment.controlTable);
const ports = {
  nodes: createDynamoNodeStore(client, environment.nodesTable),
  instances: createDynamoInstanceStore(client, environment.instancesTable),
  states,
  publisher: createEventBridgePublisher({
    client: new EventBridgeClient({}),
    busName: environment.eventBusName,
    source: EVENT_SOURCE,
  }),
  audit: createDynamoAuditStore(client, environment.auditTable),
  clock: systemClock,
  actor: FUNCTIONS.reconcileInstances,
};

/** What a cycle found, as metrics; what it could not find out is no metric, and not 0. */
const measure = ({ counts, spend }: Pick<ProviderState, 'counts' | 'spend'>): void => {
  if (counts !== undefined) {
    metrics.addMetric(METRICS.instancesListed, MetricUnit.Count, counts.listed);
    metrics.addMetric(METRICS.unmanagedInstances, MetricUnit.Count, counts.unmanaged);
  }
  if (spend !== undefined) {
    metrics.addMetric(METRICS.spendUsdPerHour, MetricUnit.NoUnit, usdFromMicroUsd(spend.microUsdPerHour));
    metrics.addMetric(METRICS.spendMonthUsd, MetricUnit.NoUnit, usdFromMicroUsd(spend.monthMicroUsd));
    metrics.addMetric(METRICS.unpricedInstances, MetricUnit.Count, spend.unpricedCount);
  }
};

/** What each schedule sends. */
const eventSchema = z.object({ provider: providerSchema });

/** Also when the listing failed: what is known goes on costing. */
const enforce = async (): Promise<void> => {
  const { reached } = await enforceBudgets({ ...ports, holds, budgets });
  // Of the fleet, not of this provider: without its dimension.
  metrics.singleMetric().addMetric(METRICS.budgetsReached, MetricUnit.Count, reached);
};

/** Each minute, per provider: instances against nodes, and what they cost. Errors throw, so that the alarm sees them. */
const handler = async (event: unknown): Promise<void> => {
  const key = eventSchema.parse(event).provider;
  const outcomes = createProviderOutcomes(key);
  const reconcile = async (provider: Provider): Promise<void> => {
    const { decision, state } = await reconcileProvider({ ...ports, provider }, RECONCILE_POLICY);
    measure(state);
    logger.info('reconciled', {
      provider: key,
      listing: decision.listing.reason,
      counts: state.counts,
      changed: decision.steps.length,
    });
  };
  const { observe } = outcomes;
  await runProviderCycle(
    { states, clock: systemClock, logger, metrics },
    {
      key,
      job: 'reconcile',
      leaseSeconds: RECONCILE_LEASE_SECONDS,
      failures: METRICS.listingFailures,
      open: () =>
        openProvider(key, { client, controlTable: environment.controlTable, keys, logger, observe }),
      run: async (provider) => {
        try {
          await reconcile(provider);
        } catch (error) {
          outcomes.fail(error);
          throw error;
        } finally {
          outcomes.publish(metrics);
        }
      },
      afterwards: enforce,
    },
  );
};

export { handler };
