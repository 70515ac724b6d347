import type { Artifact } from '../artifacts/artifact.ts';
import type { ArtifactStore } from '../artifacts/artifact-store.ts';
import type { StoreObjects } from '../artifacts/store-objects.ts';
import type { AuditStore } from '../audit/audit-row.ts';
import type { IdSource } from '../ids.ts';
import { type Clock, toTimestamp } from '../time.ts';
import { checkStoreCopy, type StoreCopy } from './check-store-copy.ts';

interface RequestPorts {
  readonly artifacts: Pick<ArtifactStore, 'dropStoreReplica' | 'markChanged'>;
  readonly objects: StoreObjects;
  readonly bucket: string;
  readonly audit: AuditStore;
  readonly clock: Clock;
  readonly ids: IdSource;
}

interface RequestOutcome {
  readonly storeCopy: StoreCopy;
  /** META counted on a copy in the store that is not there. */
  readonly dropped: boolean;
}

/**
 * A person wants an artifact looked at: the store is asked whether it still has it, and the next cycle looks at all of its copies. What
 * the store denies counts no longer, so that a node brings it back.
 */
const requestRepair = async (
  ports: RequestPorts,
  artifact: Artifact,
  request: { readonly by: string; readonly reason: string },
): Promise<RequestOutcome> => {
  const { artifactId, storeReplica } = artifact;
  const storeCopy = await checkStoreCopy(ports.objects, ports.bucket, artifact);
  const record = (action: 'repair-artifact' | 'drop-store-copy', evidence: Record<string, string>) =>
    ports.audit.record({
      auditId: ports.ids.uuid(),
      subject: `artifact:${artifactId}`,
      at: toTimestamp(ports.clock.now()),
      actor: request.by,
      action,
      reason: request.reason,
      evidence,
    });
  await record('repair-artifact', { storeCopy });
  // Other bytes under this key cannot be replaced, so a copy on a node is all that is left of the artifact: it must count.
  const isMissing = storeReplica !== undefined && (storeCopy === 'gone' || storeCopy === 'different');
  const dropped = isMissing && (await ports.artifacts.dropStoreReplica(artifactId, storeReplica.verifiedAt));
  if (dropped) await record('drop-store-copy', { storeCopy, verifiedAt: storeReplica.verifiedAt });
  await ports.artifacts.markChanged(artifactId);
  return { storeCopy, dropped };
};

export type { RequestOutcome };
export { requestRepair };
