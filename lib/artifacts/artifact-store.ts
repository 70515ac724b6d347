import type { Artifact, ArtifactKind } from './artifact.ts';
import type { ReplicaMarks, ReplicaStore } from './replica-store.ts';

interface ArtifactStore extends ReplicaStore, ReplicaMarks {
  /** Strongly consistent. */
  get(artifactId: string): Promise<Artifact | undefined>;
  getMany(artifactIds: readonly string[]): Promise<Artifact[]>;
  /**
   * Registers it unless it is there; returns the stored one (the first registration of the same bytes wins). A new one is marked, so
   * that its copies are looked at; one that had lost its store replica has the new one.
   */
  register(artifact: Artifact): Promise<{ created: boolean; artifact: Artifact }>;
  /** All versions of a name, newest registration first. */
  findByName(name: string, kind?: ArtifactKind): Promise<Artifact[]>;
  /** Newest first, over all kinds, at most `limit`. */
  list(filter: { kind?: ArtifactKind; limit: number }): Promise<Artifact[]>;
  /** Sets promotedAt if `promotedAt` is later than the stored one; answers the artifact as it is now. */
  markPromoted(artifactId: string, promotedAt: string): Promise<Artifact>;
  /** The latest promoted artifact of each name. */
  listPromoted(): Promise<Artifact[]>;
}

export type { ArtifactStore };
