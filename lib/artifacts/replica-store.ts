import type { Artifact } from './artifact.ts';
import type { MarkCounts, MarkedArtifact, ReplicaMark } from './replica-mark.ts';

/** The live replicas of artifacts. Whoever takes one away marks the artifact, so that it is looked at. */
interface ReplicaStore {
  /** Adds the node to the live replicas in META; harmless when it is there. @throws PermanentError when the artifact is not registered */
  addNodeReplica(artifactId: string, nodeId: string): Promise<void>;
  /** A fact: the node's copy is gone, or bad, also when it was the last. False when META knew of none. */
  dropNodeReplica(artifactId: string, nodeId: string): Promise<boolean>;
  /**
   * Takes the node's copy out of META before it is deleted, by one conditional write: never the last live replica (store or node), and
   * never so that fewer than `keepNodes` nodes are left. False when refused.
   */
  removeNodeReplica(artifactId: string, nodeId: string, keepNodes?: number): Promise<boolean>;
  /** A verified copy in the store, unless META has one. */
  setStoreReplica(artifactId: string, replica: NonNullable<Artifact['storeReplica']>): Promise<boolean>;
  /** A fact: the store's copy that was verified then is gone. False when META has another one, or none. */
  dropStoreReplica(artifactId: string, verifiedAt: string): Promise<boolean>;
}

/** The sparse index of artifacts that lack copies, or that nobody looked at since their copies changed. */
interface ReplicaMarks {
  /** Strongly consistent. */
  getMarked(artifactId: string): Promise<MarkedArtifact | undefined>;
  /** Candidates by index; what is written by them holds only if nothing changed since. */
  listChanged(limit: number): Promise<MarkedArtifact[]>;
  /** Candidates that are due: fewest copies first, of these the one that waits longest. */
  listDue(state: 'under' | 'short', now: Date, limit: number): Promise<MarkedArtifact[]>;
  listLost(limit: number): Promise<MarkedArtifact[]>;
  countMarks(): Promise<MarkCounts>;
  /** Marks it as changed. False when it is not registered. */
  markChanged(artifactId: string): Promise<boolean>;
  /** Writes what was found, if copies and mark are still those that were looked at; without a mark it leaves the index. */
  settleMark(artifactId: string, replicaRevision: number, mark: ReplicaMark | undefined): Promise<boolean>;
}

export type { ReplicaMarks, ReplicaStore };
