import { PermanentError } from '../errors.ts';
import type { Artifact, ArtifactKind } from './artifact.ts';
import type { ArtifactStore } from './artifact-store.ts';

/** By artifactId, or by name and version: exactly one of the two. */
interface ArtifactReference {
  readonly artifactId?: string | undefined;
  readonly name?: string | undefined;
  readonly version?: string | undefined;
}

const describeReference = (reference: ArtifactReference): string =>
  reference.artifactId ?? `${reference.name ?? '?'}@${reference.version ?? '?'}`;

const findByVersion = async (
  artifacts: Pick<ArtifactStore, 'findByName'>,
  name: string,
  version: string,
  kinds: readonly ArtifactKind[],
): Promise<Artifact | undefined> => {
  const found: Artifact[] = [];
  for (const kind of kinds) {
    found.push(
      ...(await artifacts.findByName(name, kind)).filter((artifact) => artifact.version === version),
    );
  }
  if (found.length > 1) {
    throw new PermanentError(
      `${name}@${version} means ${found.length} artifacts (${found.map(({ artifactId, kind }) => `${kind} ${artifactId}`).join(', ')}): name the one by its artifactId`,
    );
  }
  return found[0];
};

/**
 * The registered artifact that a reference means, which must be one of `kinds` and have a verified store replica.
 * @throws PermanentError when it is unknown, ambiguous, of another kind, or not in the store: the message waits in the
 * dead-letter queue, and a redrive after publishing works
 */
const resolveArtifact = async (
  artifacts: Pick<ArtifactStore, 'get' | 'findByName'>,
  reference: ArtifactReference,
  kinds: readonly ArtifactKind[],
): Promise<Artifact> => {
  const { artifactId, name, version } = reference;
  const byId = artifactId !== undefined && name === undefined && version === undefined;
  const byName = artifactId === undefined && name !== undefined && version !== undefined;
  if (!byId && !byName) {
    throw new PermanentError('name the artifact either by artifactId, or by name and version; never both');
  }
  const artifact = byId
    ? await artifacts.get(artifactId)
    : await findByVersion(artifacts, name ?? '', version ?? '', kinds);
  const shown = describeReference(reference);
  if (artifact === undefined) {
    throw new PermanentError(
      `${kinds.join(' or ')} ${shown} is not registered: publish it first (drover artifacts publish), then redrive this message (drover dlq redrive)`,
    );
  }
  if (!kinds.includes(artifact.kind)) {
    throw new PermanentError(
      `${shown} is of kind ${artifact.kind}, but this needs ${kinds.join(' or ')}: name another artifact`,
    );
  }
  if (artifact.storeReplica === undefined) {
    throw new PermanentError(
      `${shown} has no verified copy in the store: publish it again (drover artifacts publish), then redrive this message`,
    );
  }
  return artifact;
};

export type { ArtifactReference };
export { resolveArtifact };
