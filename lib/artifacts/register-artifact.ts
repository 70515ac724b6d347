import type { AuditStore } from '../audit/audit-row.ts';
import { PermanentError } from '../errors.ts';
import type { Publisher } from '../events/publisher.ts';
import { derivedId } from '../ids.ts';
import { type Clock, toTimestamp } from '../time.ts';
import { type Artifact, artifactSchema } from './artifact.ts';
import type { ArtifactStore } from './artifact-store.ts';
import type { StoreObjects } from './store-objects.ts';
import { type ReplicaClaim, verifyStoreReplica } from './verify-store-replica.ts';

interface RegisterPorts {
  readonly artifacts: ArtifactStore;
  readonly objects: StoreObjects;
  readonly audit: AuditStore;
  readonly publisher: Publisher;
  readonly clock: Clock;
}

interface Registration
  extends Pick<Artifact, 'artifactId' | 'kind' | 'name' | 'version' | 'fileName' | 'bytes'> {
  readonly labels?: Artifact['labels'];
  readonly registeredBy: string;
  readonly bucket: string;
  /** Of a multipart upload; absent for a single PUT. */
  readonly parts?: NonNullable<ReplicaClaim['parts']>;
}

/** A folder on nodes is made of kind, name and version: other bytes need another version. */
const refuseTakenVersion = async (ports: RegisterPorts, wanted: Registration): Promise<void> => {
  const versions = await ports.artifacts.findByName(wanted.name, wanted.kind);
  const taken = versions.find(
    ({ version, artifactId }) => version === wanted.version && artifactId !== wanted.artifactId,
  );
  if (taken !== undefined) {
    throw new PermanentError(
      `${wanted.kind} ${wanted.name}@${wanted.version} is registered with other bytes (${taken.artifactId}): give the new file a new version`,
    );
  }
};

/**
 * Registers an uploaded artifact with its verified store replica. Order: verify the store's copy, META (first registration of
 * the same bytes wins), audit row, event; ids derived from the artifact, so that a repeat after a crash is the same.
 * @throws PermanentError when the store's copy is not the file, or the version is taken by other bytes
 */
const registerArtifact = async (
  ports: RegisterPorts,
  registration: Registration,
): Promise<{ created: boolean; artifact: Artifact }> => {
  const { bucket, parts, labels, ...fields } = registration;
  await refuseTakenVersion(ports, registration);
  const now = ports.clock.now();
  const storeReplica = await verifyStoreReplica(ports.objects, {
    bucket,
    artifactId: fields.artifactId,
    bytes: fields.bytes,
    now,
    ...(parts === undefined ? {} : { parts }),
  });
  const parsed = artifactSchema.safeParse({
    ...fields,
    labels: labels ?? {},
    registeredAt: toTimestamp(now),
    storeReplica,
  });
  if (!parsed.success) {
    throw new PermanentError(`not a valid artifact: ${parsed.error.message}`, { cause: parsed.error });
  }
  const { created, artifact } = await ports.artifacts.register(parsed.data);
  const { artifactId, kind, name, version, bytes, registeredAt } = artifact;
  await ports.audit.record({
    auditId: derivedId('a', artifactId, 'registered'),
    subject: `artifact:${artifactId}`,
    at: registeredAt,
    actor: artifact.registeredBy,
    action: 'register-artifact',
    reason: created ? 'published' : 'published-again',
    evidence: { kind, name, version, bytes },
  });
  await ports.publisher.publish([
    {
      name: 'ArtifactRegistered',
      eventId: derivedId('e', artifactId, 'registered'),
      occurredAt: registeredAt,
      fields: { artifactId, kind, name, version, bytes },
    },
  ]);
  return { created, artifact };
};

export type { Registration };
export { registerArtifact };
