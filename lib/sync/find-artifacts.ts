import type { Artifact } from '../artifacts/artifact.ts';
import type { ArtifactStore } from '../artifacts/artifact-store.ts';
import type { SyncQuery } from './sync-request.ts';

const fits = ({ labels }: Artifact, wanted: Readonly<Record<string, string>> = {}): boolean =>
  Object.entries(wanted).every(([key, value]) => labels[key] === value);

/** The artifacts that a query matches, newest first: only what the store has verified can go anywhere. */
const findArtifacts = async (
  artifacts: Pick<ArtifactStore, 'get' | 'findByName'>,
  query: SyncQuery,
): Promise<Artifact[]> => {
  if ('artifactId' in query) {
    const artifact = await artifacts.get(query.artifactId);
    return artifact?.storeReplica === undefined ? [] : [artifact];
  }
  const found = await artifacts.findByName(query.name, query.kind);
  return found
    .filter((artifact) => artifact.storeReplica !== undefined && fits(artifact, query.labels))
    .slice(0, query.newest ?? 1);
};

export { findArtifacts };
