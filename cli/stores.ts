import type { ArtifactStore } from '../lib/artifacts/artifact-store.ts';
import { createDynamoArtifactStore } from '../lib/artifacts/dynamo-artifact-store.ts';
import { createS3StoreObjects } from '../lib/artifacts/s3-store-objects.ts';
import type { StoreObjects } from '../lib/artifacts/store-objects.ts';
import type { AuditReader, AuditStore } from '../lib/audit/audit-row.ts';
import { createDynamoAuditReader } from '../lib/audit/dynamo-audit-reader.ts';
import { createDynamoAuditStore } from '../lib/audit/dynamo-audit-store.ts';
import type { CommandSender, CommandStore } from '../lib/commands/command-store.ts';
import { createDynamoCommandStore } from '../lib/commands/dynamo-command-store.ts';
import type { ConfigStore } from '../lib/config/config-store.ts';
import { createDynamoConfigStore } from '../lib/config/dynamo-config-store.ts';
import { EVENT_SOURCE, resourceName, TABLES } from '../lib/constants.ts';
import type { DeliveryStore } from '../lib/distribution/delivery-store.ts';
import type { DistributionStore } from '../lib/distribution/distribution-store.ts';
import { createDynamoDeliveryStore } from '../lib/distribution/dynamo-delivery-store.ts';
import { createDynamoDistributionStore } from '../lib/distribution/dynamo-distribution-store.ts';
import { createEventBridgePublisher } from '../lib/events/publish.ts';
import type { Publisher } from '../lib/events/publisher.ts';
import type { BrakeStore } from '../lib/health/brake-store.ts';
import { createDynamoBrakeStore } from '../lib/health/dynamo-brake-store.ts';
import { createDynamoFleetHealthStore } from '../lib/health/dynamo-fleet-health-store.ts';
import { createDynamoPauseStore } from '../lib/health/dynamo-pause-store.ts';
import type { FleetHealthStore } from '../lib/health/fleet-health-store.ts';
import type { PauseStore } from '../lib/health/pause-store.ts';
import { createDynamoHoldStore } from '../lib/holds/dynamo-hold-store.ts';
import type { HoldStore } from '../lib/holds/hold-store.ts';
import { createDynamoIdentityStore } from '../lib/identity/dynamo-identity-store.ts';
import type { IdentityStore } from '../lib/identity/identity-store.ts';
import { createDynamoLedgerStore } from '../lib/idle/dynamo-ledger-store.ts';
import type { LedgerStore } from '../lib/idle/ledger-store.ts';
import { createDynamoNodeStore } from '../lib/nodes/dynamo-node-store.ts';
import type { InventoryDocuments } from '../lib/nodes/inventory-documents.ts';
import type { NodeStore } from '../lib/nodes/node-store.ts';
import { createS3InventoryDocuments } from '../lib/nodes/s3-inventory-documents.ts';
import type { BudgetStore } from '../lib/providers/budget-store.ts';
import { createDynamoBudgetStore } from '../lib/providers/dynamo-budget-store.ts';
import { createDynamoInstanceStore } from '../lib/providers/dynamo-instance-store.ts';
import { createDynamoPaceStore } from '../lib/providers/dynamo-pace-store.ts';
import { createDynamoProviderStateStore } from '../lib/providers/dynamo-provider-state-store.ts';
import type { InstanceStore } from '../lib/providers/instance-store.ts';
import type { PaceStore } from '../lib/providers/pace-store.ts';
import type { ProviderSecrets } from '../lib/providers/provider-keys.ts';
import type { ProviderStateStore } from '../lib/providers/provider-state-store.ts';
import { createProviderSecrets } from '../lib/providers/secrets-manager-secrets.ts';
import { createDynamoReplicationStore } from '../lib/replication/dynamo-replication-store.ts';
import type { ReplicationStore } from '../lib/replication/replication-store.ts';
import type { BlockedStore } from '../lib/sync/blocked-store.ts';
import { createDynamoBlockedStore } from '../lib/sync/dynamo-blocked-store.ts';
import { createDynamoEgressStore } from '../lib/sync/dynamo-egress-store.ts';
import type { EgressStore } from '../lib/sync/egress-store.ts';
import type { CampaignStore } from '../lib/work/campaign.ts';
import { createDynamoCampaignStore } from '../lib/work/dynamo-campaign-store.ts';
import { createDynamoPopulationStore } from '../lib/work/dynamo-population-store.ts';
import { createDynamoWorkStore } from '../lib/work/dynamo-work-store.ts';
import type { PopulationStore } from '../lib/work/population.ts';
import type { WorkStore } from '../lib/work/work-store.ts';
import type { Clients } from './clients.ts';
import { createNodeSender } from './node-sender.ts';
import type { Profile } from './profile.ts';

/** Everything of an installation that commands read and write. */
interface Stores {
  readonly nodes: NodeStore;
  readonly artifacts: ArtifactStore;
  readonly deliveries: DeliveryStore;
  readonly distributions: DistributionStore;
  readonly commands: CommandStore;
  readonly sender: CommandSender;
  readonly identity: IdentityStore;
  readonly holds: HoldStore;
  readonly evaluations: FleetHealthStore;
  readonly brakes: BrakeStore;
  readonly config: ConfigStore;
  readonly ledgers: LedgerStore;
  readonly documents: InventoryDocuments;
  readonly instances: InstanceStore;
  readonly providerStates: ProviderStateStore;
  readonly providerSecrets: ProviderSecrets;
  readonly paces: PaceStore;
  readonly budgets: BudgetStore;
  readonly replication: ReplicationStore;
  readonly objects: StoreObjects;
  readonly configs: ConfigStore;
  readonly work: WorkStore;
  readonly campaigns: CampaignStore;
  readonly populations: PopulationStore;
  readonly pauses: PauseStore;
  readonly audit: AuditStore & AuditReader;
  readonly publisher: Publisher;
  readonly egress: EgressStore;
  readonly blocked: BlockedStore;
}

/** The tables of the profile's stage, by their names. */
const createStores = (clients: Clients, { stage, eventBusName, artifactBucket }: Profile): Stores => {
  const table = (part: keyof typeof TABLES): string => resourceName(stage, TABLES[part]);
  const { documents } = clients;
  return {
    nodes: createDynamoNodeStore(documents, table('nodes')),
    artifacts: createDynamoArtifactStore(documents, table('artifacts')),
    deliveries: createDynamoDeliveryStore(documents, table('artifacts')),
    distributions: createDynamoDistributionStore(documents, table('distributions')),
    commands: createDynamoCommandStore(documents, table('commands')),
    sender: createNodeSender(clients.sqs, stage),
    identity: createDynamoIdentityStore(documents, table('identity')),
    holds: createDynamoHoldStore(documents, table('control')),
    evaluations: createDynamoFleetHealthStore(documents, table('control')),
    brakes: createDynamoBrakeStore(documents, table('control')),
    config: createDynamoConfigStore(documents, table('control')),
    ledgers: createDynamoLedgerStore(documents, table('control')),
    documents: createS3InventoryDocuments(clients.s3, artifactBucket),
    instances: createDynamoInstanceStore(documents, table('instances')),
    providerStates: createDynamoProviderStateStore(documents, table('control')),
    providerSecrets: createProviderSecrets(clients.secrets, stage),
    paces: createDynamoPaceStore(documents, table('control')),
    budgets: createDynamoBudgetStore(documents, table('control')),
    replication: createDynamoReplicationStore(documents, table('control')),
    objects: createS3StoreObjects(clients.s3),
    configs: createDynamoConfigStore(documents, table('control')),
    work: createDynamoWorkStore(documents, table('work')),
    campaigns: createDynamoCampaignStore(documents, table('campaigns')),
    populations: createDynamoPopulationStore(documents, table('control')),
    pauses: createDynamoPauseStore(documents, table('control')),
    egress: createDynamoEgressStore(documents, table('control')),
    blocked: createDynamoBlockedStore(documents, table('control')),
    audit: {
      ...createDynamoAuditStore(documents, table('audit')),
      ...createDynamoAuditReader(documents, table('audit')),
    },
    publisher: createEventBridgePublisher({
      client: clients.events,
      busName: eventBusName,
      source: `${EVENT_SOURCE}.cli`,
    }),
  };
};

export type { Stores };
export { createStores };
