import type { Artifact, ArtifactKind } from './artifact.ts';

interface ArtifactStore {
  /** Strongly consistent. */
  get(artifactId: string): Promise<Artifact | undefined>;
  getMany(artifactIds: readonly string[]): Promise<Artifact[]>;
  /** Registers it unless it is there; returns the stored one (the first registration of the same bytes wins). */
  register(artifact: Artifact): Promise<{ created: boolean; artifact: Artifact }>;
  /** All versions of a name, newest registration first. */
  findByName(name: string, kind?: ArtifactKind): Promise<Artifact[]>;
  /** Newest first, over all kinds, at most `limit`. */
  list(filter: { kind?: ArtifactKind; limit: number }): Promise<Artifact[]>;
  /** Adds the node to the live replicas in META; harmless when it is there. */
  addNodeReplica(artifactId: string, nodeId: string): Promise<void>;
  /** Drops the node's replica from META, by one conditional write: never the last live replica (store or node). False when refused. */
  removeNodeReplica(artifactId: string, nodeId: string): Promise<boolean>;
  /** Sets promotedAt if `promotedAt` is later than the stored one; answers the artifact as it is now. */
  markPromoted(artifactId: string, promotedAt: string): Promise<Artifact>;
  /** The latest promoted artifact of each name. */
  listPromoted(): Promise<Artifact[]>;
}

export type { ArtifactStore };
