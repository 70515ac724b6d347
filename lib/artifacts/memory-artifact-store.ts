import { PermanentError } from '../errors.ts';
import type { Artifact } from './artifact.ts';
import type { ArtifactStore } from './artifact-store.ts';
import { createMemoryReplicas } from './memory-replicas.ts';

const newestFirst = (a: Artifact, b: Artifact): number => b.registeredAt.localeCompare(a.registeredAt);

/** ArtifactStore in memory. */
const createMemoryArtifactStore = (): ArtifactStore => {
  const artifacts = new Map<string, Artifact>();
  const { registered, ...replicas } = createMemoryReplicas(artifacts);
  const known = (artifactId: string): Artifact => {
    const artifact = artifacts.get(artifactId);
    if (artifact === undefined) throw new PermanentError(`artifact ${artifactId} is not registered`);
    return artifact;
  };
  const select = (matches: (artifact: Artifact) => boolean): Artifact[] =>
    [...artifacts.values()]
      .filter(matches)
      .map((artifact) => structuredClone(artifact))
      .sort(newestFirst);
  return {
    ...replicas,
    get: async (artifactId) => structuredClone(artifacts.get(artifactId)),
    getMany: async (artifactIds) =>
      [...new Set(artifactIds)]
        .flatMap((artifactId) => structuredClone(artifacts.get(artifactId)) ?? [])
        .sort(newestFirst),
    register: async (artifact) => {
      const stored = artifacts.get(artifact.artifactId);
      if (stored !== undefined) {
        const { storeReplica } = artifact;
        if (storeReplica !== undefined) await replicas.setStoreReplica(artifact.artifactId, storeReplica);
        return { created: false, artifact: structuredClone(known(artifact.artifactId)) };
      }
      artifacts.set(artifact.artifactId, structuredClone(artifact));
      registered(artifact.artifactId);
      return { created: true, artifact: structuredClone(artifact) };
    },
    findByName: async (name, kind) =>
      select((artifact) => artifact.name === name && (kind === undefined || artifact.kind === kind)),
    list: async ({ kind, limit }) =>
      select((artifact) => kind === undefined || artifact.kind === kind).slice(0, limit),
    markPromoted: async (artifactId, promotedAt) => {
      const artifact = known(artifactId);
      if (artifact.promotedAt !== undefined && artifact.promotedAt >= promotedAt) {
        return structuredClone(artifact);
      }
      artifacts.set(artifactId, { ...artifact, promotedAt });
      return structuredClone({ ...artifact, promotedAt });
    },
    listPromoted: async () => {
      const latest = new Map<string, Artifact>();
      for (const artifact of select(({ promotedAt }) => promotedAt !== undefined)) {
        const other = latest.get(artifact.name);
        if ((artifact.promotedAt ?? '') > (other?.promotedAt ?? '')) latest.set(artifact.name, artifact);
      }
      return [...latest.values()];
    },
  };
};

export { createMemoryArtifactStore };
