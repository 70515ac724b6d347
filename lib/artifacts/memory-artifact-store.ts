import { PermanentError } from '../errors.ts';
import { frozen } from '../frozen.ts';
import type { Artifact } from './artifact.ts';
import type { ArtifactStore } from './artifact-store.ts';
import { createMemoryReplicas } from './memory-replicas.ts';

const newestFirst = (a: Artifact, b: Artifact): number => b.registeredAt.localeCompare(a.registeredAt);

/** ArtifactStore in memory. Answers are frozen, so that nobody can change what is stored. */
const createMemoryArtifactStore = (): ArtifactStore => {
  const artifacts = new Map<string, Artifact>();
  const { registered, ...replicas } = createMemoryReplicas(artifacts);
  const known = (artifactId: string): Artifact => {
    const artifact = artifacts.get(artifactId);
    if (artifact === undefined) throw new PermanentError(`artifact ${artifactId} is not registered`);
    return artifact;
  };
  const write = (artifact: Artifact): Artifact => {
    artifacts.set(artifact.artifactId, frozen(artifact));
    return artifact;
  };
  const select = (matches: (artifact: Artifact) => boolean): Artifact[] =>
    [...artifacts.values()].filter(matches).sort(newestFirst);
  return {
    ...replicas,
    get: async (artifactId) => artifacts.get(artifactId),
    getMany: async (artifactIds) =>
      [...new Set(artifactIds)].flatMap((artifactId) => artifacts.get(artifactId) ?? []).sort(newestFirst),
    register: async (artifact) => {
      const stored = artifacts.get(artifact.artifactId);
      if (stored !== undefined) {
        const { storeReplica } = artifact;
        if (storeReplica !== undefined) await replicas.setStoreReplica(artifact.artifactId, storeReplica);
        return { created: false, artifact: known(artifact.artifactId) };
      }
      const created = write(structuredClone(artifact));
      registered(artifact.artifactId);
      return { created: true, artifact: created };
    },
    findByName: async (name, kind) =>
      select((artifact) => artifact.name === name && (kind === undefined || artifact.kind === kind)),
    list: async ({ kind, limit }) =>
      select((artifact) => kind === undefined || artifact.kind === kind).slice(0, limit),
    markPromoted: async (artifactId, promotedAt) => {
      const artifact = known(artifactId);
      if (artifact.promotedAt !== undefined && artifact.promotedAt >= promotedAt) {
        return artifact;
      }
      return write({ ...artifact, promotedAt });
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
