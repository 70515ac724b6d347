import { type Artifact, artifactKey } from '../artifacts/artifact.ts';
import type { ArtifactStore } from '../artifacts/artifact-store.ts';
import type { StoreObjects } from '../artifacts/store-objects.ts';
import type { AuditStore } from '../audit/audit-row.ts';
import type { IdSource } from '../ids.ts';
import { type Clock, toTimestamp } from '../time.ts';
import { checkStoreCopy, findStoreCopy, type StoreCopy } from './check-store-copy.ts';

interface RequestPorts {
  readonly artifacts: Pick<ArtifactStore, 'dropStoreReplica' | 'setStoreReplica' | 'markChanged'>;
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
  /** META counts on a copy in the store again that it had forgotten. */
  readonly restored: boolean;
}

/**
 * A person wants an artifact looked at: the store is asked whether it has it, and the next cycle looks at all of its copies. What the
 * store denies counts no longer, so that a node brings it back; what it proves to have counts again. Where it can tell neither, nothing
 * changes.
 * @throws TransientError when the store does not answer, or does not let this caller know
 */
const requestRepair = async (
  ports: RequestPorts,
  artifact: Artifact,
  request: { readonly by: string; readonly reason: string },
): Promise<RequestOutcome> => {
  const { artifacts, objects, bucket } = ports;
  const { artifactId, storeReplica } = artifact;
  const at = toTimestamp(ports.clock.now());
  const record = (
    action: 'repair-artifact' | 'drop-store-copy' | 'restore-store-copy',
    evidence: Record<string, string>,
  ) =>
    ports.audit.record({
      auditId: ports.ids.uuid(),
      subject: `artifact:${artifactId}`,
      at,
      actor: request.by,
      action,
      reason: request.reason,
      evidence,
    });
  if (storeReplica === undefined) {
    const { storeCopy, checksum } = await findStoreCopy(objects, bucket, artifact);
    await record('repair-artifact', { storeCopy });
    const replica = { key: artifactKey(artifactId), verifiedAt: at, checksum };
    const restored = storeCopy === 'sound' && (await artifacts.setStoreReplica(artifactId, replica));
    if (restored) await record('restore-store-copy', { storeCopy, verifiedAt: at });
    await artifacts.markChanged(artifactId);
    return { storeCopy, dropped: false, restored };
  }
  const storeCopy = await checkStoreCopy(objects, bucket, artifact);
  await record('repair-artifact', { storeCopy });
  // Other bytes under this key cannot be replaced, so a copy on a node is all that is left of the artifact: it must count.
  const isMissing = storeCopy === 'gone' || storeCopy === 'different';
  const dropped = isMissing && (await artifacts.dropStoreReplica(artifactId, storeReplica.verifiedAt));
  if (dropped) await record('drop-store-copy', { storeCopy, verifiedAt: storeReplica.verifiedAt });
  await artifacts.markChanged(artifactId);
  return { storeCopy, dropped, restored: false };
};

export type { RequestOutcome };
export { requestRepair };
