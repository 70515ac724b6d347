import type { ArtifactKind } from '../artifacts/artifact.ts';
import type { ArtifactStore } from '../artifacts/artifact-store.ts';
import type { ConfigStore } from '../config/config-store.ts';
import type { DistributionStore } from '../distribution/distribution-store.ts';
import { PermanentError } from '../errors.ts';
import type { Publisher } from '../events/publisher.ts';
import { derivedId, type IdSource } from '../ids.ts';
import type { NodeStore } from '../nodes/node-store.ts';
import { addSeconds, type Clock, toTimestamp } from '../time.ts';
import type { BlockedStore } from './blocked-store.ts';
import { describeOutcome, type TargetResult } from './describe-outcome.ts';
import type { EgressStore } from './egress-store.ts';
import { findArtifacts } from './find-artifacts.ts';
import { resolveSyncPolicy } from './sync-policy.ts';
import { type SyncQuery, type SyncRequest, syncRequestSchema } from './sync-request.ts';
import { describeSync, type SyncStatus } from './sync-status.ts';

interface SyncOrder {
  readonly kind?: ArtifactKind;
  /** One artifact by its id, or the newest of a name. */
  readonly query: SyncQuery;
  /** Absent: every eligible node. */
  readonly targets?: readonly string[];
  readonly priority?: NonNullable<SyncRequest['priority']>;
  /** How long it may take; default 300. */
  readonly timeoutSeconds?: number;
  readonly exclude?: readonly string[];
  /** Waits until the targets have verified the bytes on their disks, or cannot any more. Default: true. */
  readonly requireConfirmation?: boolean;
  readonly reason?: string;
}

interface SyncOutcome {
  readonly syncId: string;
  readonly artifactIds: readonly string[];
  readonly targets: readonly TargetResult[];
  /** Every target has verified the bytes: never said of what was only sent. */
  readonly confirmed: boolean;
  /** Nothing was started. */
  readonly held?: 'egress-budget' | 'nothing-matches';
}

/** Where data goes, for code that needs it somewhere. */
interface SyncFacade {
  sync(order: SyncOrder): Promise<SyncOutcome>;
  /** The node brings what it has into the store, before anything else. */
  triggerPrioritySync(order: {
    readonly reason: string;
    readonly sourceNode: string;
    readonly name: string;
    readonly kind: ArtifactKind;
  }): Promise<{ readonly eventId: string }>;
  getSyncStatus(): Promise<SyncStatus>;
}

interface SyncFacadePorts {
  readonly artifacts: Pick<ArtifactStore, 'get' | 'findByName'>;
  readonly distributions: Pick<DistributionStore, 'get' | 'listOpen'>;
  readonly nodes: Pick<NodeStore, 'get' | 'listByLifecycle'>;
  readonly egress: EgressStore;
  readonly blocked: Pick<BlockedStore, 'get'>;
  readonly config: Pick<ConfigStore, 'current'>;
  readonly publisher: Publisher;
  readonly ids: IdSource;
  readonly clock: Clock;
  readonly sleep: (seconds: number) => Promise<void>;
}

const DEFAULT_TIMEOUT_SECONDS = 300;
const POLL_SECONDS = 1;

const withKind = (query: SyncQuery, kind: ArtifactKind | undefined): SyncQuery =>
  kind === undefined || 'artifactId' in query ? query : { ...query, kind };

/** The syncs of one installation. */
const createSyncFacade = (ports: SyncFacadePorts): SyncFacade => {
  const { artifacts, distributions, nodes, egress, blocked, config, publisher, ids, clock, sleep } = ports;
  const egressBytes = async (): Promise<number> =>
    (await egress.get(toTimestamp(clock.now()).slice(0, 10)))?.bytes ?? 0;

  const sync: SyncFacade['sync'] = async (order) => {
    const { targets, exclude, priority, requireConfirmation = true } = order;
    const timeoutSeconds = order.timeoutSeconds ?? DEFAULT_TIMEOUT_SECONDS;
    const syncId = derivedId('s', ids.uuid());
    const found = await findArtifacts(artifacts, withKind(order.query, order.kind));
    const artifactIds = found.map(({ artifactId }) => artifactId);
    const nothing = { syncId, artifactIds, targets: [], confirmed: false } as const;
    if (found.length === 0) return { ...nothing, held: 'nothing-matches' };
    const { dailyEgressBytes } = resolveSyncPolicy((await config.current()).config.sync);
    const isUsedUp = dailyEgressBytes !== undefined && (await egressBytes()) >= dailyEgressBytes;
    if (isUsedUp && priority !== 'critical') return { ...nothing, held: 'egress-budget' };

    // One request for each artifact: what is waited for is what was asked for, also when a newer one comes meanwhile.
    const requests = artifactIds.map((artifactId) => ({
      artifactId,
      eventId: derivedId('e', syncId, artifactId),
      fields: syncRequestSchema.parse({
        query: { artifactId },
        ...(targets === undefined ? {} : { targets }),
        ...(exclude === undefined ? {} : { exclude }),
        ...(priority === undefined ? {} : { priority }),
        timeoutSeconds,
        reason: order.reason ?? 'requested',
      }),
    }));
    const occurredAt = toTimestamp(clock.now());
    await publisher.publish(
      requests.map(({ eventId, fields }) => ({ name: 'SyncRequested', eventId, occurredAt, fields })),
    );
    const deadline = addSeconds(clock.now(), timeoutSeconds);
    for (;;) {
      const states = await Promise.all(
        requests.map(async ({ artifactId, eventId }) => ({
          artifactId,
          distribution: await distributions.get(derivedId('d', eventId, artifactId)),
        })),
      );
      const results = states.flatMap(({ artifactId, distribution }) =>
        describeOutcome(artifactId, distribution, targets),
      );
      const isStarted = states.every(({ distribution }) => distribution !== undefined);
      const isSettled = isStarted && results.every(({ outcome }) => outcome !== 'pending');
      if ((requireConfirmation ? isSettled : isStarted) || clock.now() >= deadline) {
        const concerned = results.filter(({ outcome }) => targets !== undefined || outcome !== 'skipped');
        const confirmed = concerned.length > 0 && concerned.every(({ outcome }) => outcome === 'verified');
        return { syncId, artifactIds, targets: results, confirmed };
      }
      await sleep(POLL_SECONDS);
    }
  };

  return {
    sync,
    triggerPrioritySync: async ({ reason, sourceNode, name, kind }) => {
      if ((await nodes.get(sourceNode)) === undefined)
        throw new PermanentError(
          `there is no node ${sourceNode}: npx drover nodes list shows those that are`,
        );
      const eventId = derivedId('e', 'priority-sync', ids.uuid());
      await publisher.publish([
        {
          name: 'DataProduced',
          eventId,
          occurredAt: toTimestamp(clock.now()),
          fields: { nodeId: sourceNode, name, kind, urgent: true, reason },
        },
      ]);
      return { eventId };
    },
    getSyncStatus: async () => {
      const [active, open, blockedItem, applied, used] = await Promise.all([
        nodes.listByLifecycle(['active', 'draining']),
        distributions.listOpen(),
        blocked.get(),
        config.current(),
        egressBytes(),
      ]);
      return describeSync(
        {
          nodes: active,
          openDistributions: open,
          blockedSince: blockedItem?.since ?? {},
          egressBytes: used,
          config: applied.config.sync,
        },
        clock.now(),
      );
    },
  };
};

export type { SyncFacade, SyncFacadePorts, SyncOrder, SyncOutcome };
export { createSyncFacade };
