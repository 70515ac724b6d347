import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { createClients } from '../../../cli/clients.ts';
import type { Context } from '../../../cli/context.ts';
import type { ExitCode } from '../../../cli/exit.ts';
import type { Installation } from '../../../cli/installation.ts';
import type { CliIo } from '../../../cli/io.ts';
import { runCli } from '../../../cli/run.ts';
import { createMemoryArtifactStore } from '../../../lib/artifacts/memory-artifact-store.ts';
import { createMemoryStoreObjects } from '../../../lib/artifacts/memory-store-objects.ts';
import { createMemoryAuditStore } from '../../../lib/audit/memory-audit-store.ts';
import { createMemoryCommandSender } from '../../../lib/commands/memory-command-sender.ts';
import { createMemoryCommandStore } from '../../../lib/commands/memory-command-store.ts';
import { createMemoryConfigStore } from '../../../lib/config/memory-config-store.ts';
import { createMemoryDeliveryStore } from '../../../lib/distribution/memory-delivery-store.ts';
import { createMemoryDistributionStore } from '../../../lib/distribution/memory-distribution-store.ts';
import { createMemoryPublisher } from '../../../lib/events/memory-publisher.ts';
import { createMemoryBrakeStore } from '../../../lib/health/memory-brake-store.ts';
import { createMemoryFleetHealthStore } from '../../../lib/health/memory-fleet-health-store.ts';
import { createMemoryPauseStore } from '../../../lib/health/memory-pause-store.ts';
import { createMemoryHoldStore } from '../../../lib/holds/memory-hold-store.ts';
import { createMemoryIdentityStore } from '../../../lib/identity/memory-identity-store.ts';
import { createMemoryLedgerStore } from '../../../lib/idle/memory-ledger-store.ts';
import { randomIds } from '../../../lib/ids.ts';
import { createMemoryInventoryDocuments } from '../../../lib/nodes/memory-inventory-documents.ts';
import { createMemoryNodeStore } from '../../../lib/nodes/memory-node-store.ts';
import { createMemoryBudgetStore } from '../../../lib/providers/memory-budget-store.ts';
import { createMemoryInstanceStore } from '../../../lib/providers/memory-instance-store.ts';
import { createMemoryPaceStore } from '../../../lib/providers/memory-pace-store.ts';
import { createMemoryProviderSecrets } from '../../../lib/providers/memory-provider-secrets.ts';
import { createMemoryProviderStateStore } from '../../../lib/providers/memory-provider-state-store.ts';
import { createMemoryReplicationStore } from '../../../lib/replication/memory-replication-store.ts';
import { createMemoryBlockedStore } from '../../../lib/sync/memory-blocked-store.ts';
import { createMemoryEgressStore } from '../../../lib/sync/memory-egress-store.ts';
import { systemClock, toTimestamp } from '../../../lib/time.ts';
import { createMemoryCampaignStore } from '../../../lib/work/memory-campaign-store.ts';
import { createMemoryPopulationStore } from '../../../lib/work/memory-population-store.ts';
import { createMemoryWorkStore } from '../../../lib/work/memory-work-store.ts';
import { createTestIo } from './test-io.ts';

const OPERATOR = 'arn:aws:iam::000000000000:user/operator';
const BUCKET = 'drover-test-artifacts';

/** An installation whose tables are in memory; queues and objects are at `endpoint` (nobody listens at the default). */
const createTestInstallation = (endpoint = 'http://127.0.0.1:9') => {
  /** The artifact bucket, by key. */
  const objects = new Map<string, Uint8Array>();
  const stores = {
    nodes: createMemoryNodeStore(),
    artifacts: createMemoryArtifactStore(),
    deliveries: createMemoryDeliveryStore(),
    distributions: createMemoryDistributionStore(),
    commands: createMemoryCommandStore(),
    sender: createMemoryCommandSender(),
    identity: createMemoryIdentityStore(),
    holds: createMemoryHoldStore(),
    evaluations: createMemoryFleetHealthStore(),
    brakes: createMemoryBrakeStore(),
    config: createMemoryConfigStore(),
    ledgers: createMemoryLedgerStore(),
    documents: createMemoryInventoryDocuments(objects),
    instances: createMemoryInstanceStore(),
    providerStates: createMemoryProviderStateStore(),
    providerSecrets: createMemoryProviderSecrets(),
    paces: createMemoryPaceStore(),
    budgets: createMemoryBudgetStore(),
    replication: createMemoryReplicationStore(),
    objects: createMemoryStoreObjects(objects),
    configs: createMemoryConfigStore(),
    work: createMemoryWorkStore(),
    campaigns: createMemoryCampaignStore(),
    populations: createMemoryPopulationStore(),
    pauses: createMemoryPauseStore(),
    audit: createMemoryAuditStore(),
    publisher: createMemoryPublisher('drover.cli'),
    egress: createMemoryEgressStore(),
    blocked: createMemoryBlockedStore(),
  };
  const profile = {
    stage: 'test',
    region: 'us-east-1',
    endpoint,
    eventBusName: 'drover-test-events',
    enrolmentUrl: 'http://127.0.0.1:9/enrol/',
    artifactBucket: BUCKET,
  };
  const clients = createClients(profile);
  const open = (_io: CliIo, installation: Installation): Context => ({
    installation,
    stage: profile.stage,
    clients,
    stores,
    caller: async () => ({ arn: OPERATOR, accountId: '000000000000' }),
    audit: (row) =>
      stores.audit.record({
        auditId: randomIds.uuid(),
        at: toTimestamp(systemClock.now()),
        actor: OPERATOR,
        evidence: {},
        ...row,
      }),
  });
  /** Runs one command line in a folder of its own. */
  const run = async (args: readonly string[], changes: Partial<CliIo> = {}) => {
    const test = createTestIo(changes);
    mkdirSync(join(test.io.workingFolder, '.drover'), { recursive: true });
    writeFileSync(join(test.io.workingFolder, '.drover', 'profile.json'), JSON.stringify(profile));
    const exitCode: ExitCode = await runCli(args, test.io, open);
    return { exitCode, out: test.out(), error: test.error(), json: test.json, folder: test.folder };
  };
  return { stores, objects, clients, profile, run };
};

export { BUCKET, createTestInstallation, OPERATOR };
