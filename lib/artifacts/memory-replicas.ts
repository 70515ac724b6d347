import { PermanentError } from '../errors.ts';
import { frozen } from '../frozen.ts';
import { toTimestamp } from '../time.ts';
import type { Artifact } from './artifact.ts';
import type { MarkedArtifact, ReplicaMark } from './replica-mark.ts';
import type { ReplicaMarks, ReplicaStore } from './replica-store.ts';

interface Standing {
  readonly replicaRevision: number;
  readonly mark: ReplicaMark | undefined;
  readonly isUncounted: boolean;
}

interface MemoryReplicas extends ReplicaStore, ReplicaMarks {
  /** The artifact was just registered. */
  registered(artifactId: string): void;
}

/** The replicas of the artifacts in `artifacts`, and the marks of those that lack some. */
const createMemoryReplicas = (artifacts: Map<string, Artifact>): MemoryReplicas => {
  /** Those that were ever marked; `marked` alone is listed, as by a sparse index. */
  const standings = new Map<string, Standing>();
  const marked = new Set<string>();
  const known = (artifactId: string): Artifact => {
    const artifact = artifacts.get(artifactId);
    if (artifact === undefined) throw new PermanentError(`artifact ${artifactId} is not registered`);
    return artifact;
  };
  const standingOf = (artifactId: string): Standing =>
    standings.get(artifactId) ?? { replicaRevision: 0, mark: undefined, isUncounted: false };
  const put = (artifactId: string, standing: Omit<Standing, 'replicaRevision'>): void => {
    const { replicaRevision } = standingOf(artifactId);
    standings.set(artifactId, frozen({ ...standing, replicaRevision: replicaRevision + 1 }));
    if (standing.mark === undefined) marked.delete(artifactId);
    else marked.add(artifactId);
  };
  const changed = (artifactId: string): void => {
    const { mark, isUncounted } = standingOf(artifactId);
    put(artifactId, { isUncounted, mark: { ...mark, state: 'changed' } });
  };
  const pick = (artifactId: string): MarkedArtifact => ({
    ...standingOf(artifactId),
    artifact: known(artifactId),
  });
  const having = (state: ReplicaMark['state']): { artifactId: string; mark: ReplicaMark }[] =>
    [...marked].flatMap((artifactId) => {
      const { mark } = standingOf(artifactId);
      return mark?.state === state ? [{ artifactId, mark }] : [];
    });
  const replace = (artifact: Artifact, next: Artifact, removed: boolean): void => {
    artifacts.set(artifact.artifactId, frozen(next));
    const { mark, isUncounted } = standingOf(artifact.artifactId);
    if (removed || (mark !== undefined && mark.state !== 'changed')) changed(artifact.artifactId);
    else put(artifact.artifactId, { mark, isUncounted });
  };
  const without = (artifact: Artifact, nodeId: string): Artifact => ({
    ...artifact,
    replicaNodeIds: artifact.replicaNodeIds.filter((id) => id !== nodeId),
  });
  return {
    registered: (artifactId) => put(artifactId, { mark: { state: 'changed' }, isUncounted: true }),
    addNodeReplica: async (artifactId, nodeId) => {
      const artifact = known(artifactId);
      const replicaNodeIds = [...new Set([...artifact.replicaNodeIds, nodeId])];
      replace(artifact, { ...artifact, replicaNodeIds }, false);
    },
    dropNodeReplica: async (artifactId, nodeId) => {
      const artifact = artifacts.get(artifactId);
      if (!artifact?.replicaNodeIds.includes(nodeId)) return false;
      replace(artifact, without(artifact, nodeId), true);
      return true;
    },
    removeNodeReplica: async (artifactId, nodeId, keepNodes = 0) => {
      const artifact = known(artifactId);
      if (!artifact.replicaNodeIds.includes(nodeId)) return true;
      const next = without(artifact, nodeId);
      const left = next.replicaNodeIds.length;
      if (left < keepNodes || (left === 0 && artifact.storeReplica === undefined)) return false;
      replace(artifact, next, true);
      return true;
    },
    setStoreReplica: async (artifactId, storeReplica) => {
      const artifact = artifacts.get(artifactId);
      if (artifact === undefined || artifact.storeReplica !== undefined) return false;
      replace(artifact, { ...artifact, storeReplica: structuredClone(storeReplica) }, false);
      return true;
    },
    dropStoreReplica: async (artifactId, verifiedAt) => {
      const artifact = artifacts.get(artifactId);
      if (artifact?.storeReplica?.verifiedAt !== verifiedAt) return false;
      const { storeReplica: _gone, ...rest } = artifact;
      replace(artifact, rest, true);
      return true;
    },
    getMarked: async (artifactId) => (artifacts.has(artifactId) ? pick(artifactId) : undefined),
    listChanged: async (limit) =>
      having('changed')
        .slice(0, limit)
        .map(({ artifactId }) => pick(artifactId)),
    listDue: async (state, now, limit) =>
      having(state)
        .filter(({ mark }) => (mark.dueAt ?? '') <= toTimestamp(now))
        .sort(
          (a, b) =>
            (a.mark.copies ?? 0) - (b.mark.copies ?? 0) ||
            (a.mark.dueAt ?? '').localeCompare(b.mark.dueAt ?? ''),
        )
        .slice(0, limit)
        .map(({ artifactId }) => pick(artifactId)),
    listLost: async (limit) =>
      having('lost')
        .slice(0, limit)
        .map(({ artifactId }) => pick(artifactId)),
    countMarks: async () => {
      const under = having('under');
      return {
        changed: having('changed').length,
        under: under.length,
        short: having('short').length,
        lost: having('lost').length,
        single: under.filter(({ mark }) => mark.copies === 1).length,
        none: under.filter(({ mark }) => mark.copies === 0).length,
      };
    },
    markChanged: async (artifactId) => {
      if (!artifacts.has(artifactId)) return false;
      changed(artifactId);
      return true;
    },
    settleMark: async (artifactId, replicaRevision, mark) => {
      if (!artifacts.has(artifactId) || standingOf(artifactId).replicaRevision !== replicaRevision)
        return false;
      put(artifactId, { mark: structuredClone(mark), isUncounted: false });
      return true;
    },
  };
};

export { createMemoryReplicas };
