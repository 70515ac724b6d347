import type { ArtifactStore } from '../artifacts/artifact-store.ts';
import { registerArtifact } from '../artifacts/register-artifact.ts';
import type { StoreObjects } from '../artifacts/store-objects.ts';
import type { AuditStore } from '../audit/audit-row.ts';
import type { Publisher } from '../events/publisher.ts';
import type { Clock } from '../time.ts';
import type { UploadedArtifact } from './uploaded-artifact.ts';

interface UploadPorts {
  readonly artifacts: ArtifactStore;
  readonly objects: StoreObjects;
  /** The bucket that nodes upload to. */
  readonly bucket: string;
  readonly audit: AuditStore;
  readonly publisher: Publisher;
  readonly clock: Clock;
}

/**
 * Registers what a node says that it brought into the store, once the store itself bears it out. The bytes are the identity: what
 * is registered already stays as it is, whoever names it anew.
 * @throws PermanentError when the store does not have these bytes, or the name and version mean other bytes
 */
const recordArtifact = async (
  { bucket, ...ports }: UploadPorts,
  nodeId: string,
  { labels, parts, ...artifact }: UploadedArtifact,
): Promise<void> => {
  await registerArtifact(ports, {
    ...artifact,
    ...(labels === undefined ? {} : { labels }),
    ...(parts === undefined ? {} : { parts }),
    registeredBy: nodeId,
    bucket,
  });
};

export type { UploadPorts };
export { recordArtifact };
