import { createMemoryArtifactStore } from '../../../lib/artifacts/memory-artifact-store.ts';
import { createMemoryAuditStore } from '../../../lib/audit/memory-audit-store.ts';
import { createMemoryCommandSender } from '../../../lib/commands/memory-command-sender.ts';
import { createMemoryCommandStore } from '../../../lib/commands/memory-command-store.ts';
import { createMemoryDeliveryStore } from '../../../lib/distribution/memory-delivery-store.ts';
import { createMemoryDistributionStore } from '../../../lib/distribution/memory-distribution-store.ts';
import { createMemoryTransferSlots } from '../../../lib/distribution/memory-transfer-slots.ts';
import { createMemoryPublisher } from '../../../lib/events/memory-publisher.ts';
import { createMemoryHoldStore } from '../../../lib/holds/memory-hold-store.ts';
import { resolveIdlePolicy } from '../../../lib/idle/idle-policy.ts';
import type { IdlePorts } from '../../../lib/idle/idle-ports.ts';
import type { IdleConfig } from '../../../lib/idle/idle-settings.ts';
import { criteriaOf } from '../../../lib/idle/idle-snapshot.ts';
import { createMemoryLedgerStore } from '../../../lib/idle/memory-ledger-store.ts';
import { createMemoryInventoryDocuments } from '../../../lib/nodes/memory-inventory-documents.ts';
import { createMemoryNodeStore } from '../../../lib/nodes/memory-node-store.ts';
import type { Node } from '../../../lib/nodes/node.ts';
import type { ReportPorts } from '../../../lib/nodes/record-report.ts';
import { createMemoryInstanceStore } from '../../../lib/providers/memory-instance-store.ts';
import { createMemoryProviderStateStore } from '../../../lib/providers/memory-provider-state-store.ts';
import type { ReconcilePorts } from '../../../lib/providers/reconcile-ports.ts';
import { at } from '../../nodes/fixtures.ts';
import type { Random } from './random.ts';
import type { SimulatedProvider } from './simulated-provider.ts';

type Readable = 'holds' | 'brake' | 'work' | 'settings';

/** How the installation is set, and what is true around it. */
interface Around {
  idle: IdleConfig;
  configDigest: string;
  brake: 'off' | 'on';
  /** What cannot be read in this minute. */
  unreadable: ReadonlySet<Readable>;
  pendingWork: number;
}

/** Takes a guard away, by what it lets a function see. */
interface Sabotage {
  readonly idle?: (ports: IdlePorts) => IdlePorts;
  readonly reconcile?: (ports: ReconcilePorts) => ReconcilePorts;
  readonly reports?: (ports: ReportPorts) => ReportPorts;
}

interface InstallationOptions {
  readonly around: Around;
  readonly now: () => number;
  readonly random: Random;
  readonly provider: SimulatedProvider;
  /** A complete listing as `reconcile-instances` saw it. */
  readonly onListing: (instanceIds: ReadonlySet<string>) => void;
  /** Work is read only for a node that nothing else keeps. */
  readonly onWorkRead: () => void;
  readonly sabotage: Sabotage;
}

/** The control plane's stores in memory, and the ports of its functions. */
const createInstallation = ({
  around,
  now,
  random,
  provider,
  onListing,
  onWorkRead,
  sabotage,
}: InstallationOptions) => {
  const objects = new Map<string, Uint8Array>();
  const sender = createMemoryCommandSender();
  const holds = createMemoryHoldStore();
  const shared = {
    nodes: createMemoryNodeStore(),
    artifacts: createMemoryArtifactStore(),
    commands: createMemoryCommandStore(),
    audit: createMemoryAuditStore(),
    publisher: createMemoryPublisher(),
    documents: createMemoryInventoryDocuments(objects),
    clock: { now: () => at(now()) },
    warn: () => undefined,
  };
  const instances = createMemoryInstanceStore();
  const states = createMemoryProviderStateStore();
  const readable = (what: Readable): void => {
    if (around.unreadable.has(what)) throw new Error(`${what} cannot be read`);
  };
  const idle: IdlePorts = {
    ...shared,
    provider,
    instances,
    states,
    ledgers: createMemoryLedgerStore(),
    sender,
    holds: {
      listLive: async (moment) => {
        readable('holds');
        return holds.listLive(moment);
      },
    },
    brakeState: async () => {
      readable('brake');
      return around.brake;
    },
    pendingWork: async ({ lifecycle }) => {
      if (lifecycle === 'active') onWorkRead();
      readable('work');
      return around.pendingWork;
    },
    settings: {
      current: async () => {
        readable('settings');
        const configuration = { digest: around.configDigest, claim: [], ignore: [] };
        return { idle: around.idle, nodeConfiguration: () => configuration };
      },
    },
    actor: 'shut-down-idle',
  };
  const reports: ReportPorts = {
    ...shared,
    deliveries: createMemoryDeliveryStore(),
    distributions: createMemoryDistributionStore(),
    slots: createMemoryTransferSlots(),
    recordWork: async () => undefined,
    // No simulated agent uploads anything.
    bucket: 'artifacts-bucket',
    objects: { describe: async () => undefined },
    idleCriteria: async (node: Node) => {
      readable('settings');
      return criteriaOf(resolveIdlePolicy(around.idle, node));
    },
  };
  const seenListing = async () => {
    const listing = await provider.listInstances();
    onListing(new Set(listing.filter(({ status }) => status !== 'preempted').map((one) => one.instanceId)));
    return listing;
  };
  const reconcile: ReconcilePorts = {
    ...shared,
    provider: { key: provider.key, listInstances: seenListing },
    instances,
    states,
    actor: 'reconcile-instances',
  };
  const ids = {
    bytes: (byteCount: number) => Buffer.from(Array.from({ length: byteCount }, () => random.whole(0, 255))),
    uuid: () => `00000000-0000-4000-8000-${random.whole(0, 999_999_999_999).toString().padStart(12, '0')}`,
  };
  return {
    ...shared,
    objects,
    sender,
    holds,
    ids,
    /** Nothing that a person does is sabotaged: what is true stays so. */
    people: { ...idle, ids },
    ledgers: idle.ledgers,
    idle: sabotage.idle?.(idle) ?? idle,
    reconcile: sabotage.reconcile?.(reconcile) ?? reconcile,
    reports: sabotage.reports?.(reports) ?? reports,
  };
};
type Installation = ReturnType<typeof createInstallation>;

export type { Around, Installation, Readable, Sabotage };
export { createInstallation };
