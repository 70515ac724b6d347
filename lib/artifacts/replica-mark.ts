import * as z from 'zod';
import { timestampSchema } from '../time.ts';
import type { Artifact } from './artifact.ts';

/**
 * What the copies of an artifact want: `changed` = nobody looked since they changed, `under` = below the minimum that makes it durable,
 * `short` = durable, but with fewer copies near than wanted, `lost` = no copy is left. An artifact without a mark has what it needs.
 */
const replicaStateSchema = z.enum(['changed', 'under', 'short', 'lost']);
type ReplicaState = z.infer<typeof replicaStateSchema>;

const replicaMarkSchema = z.object({
  state: replicaStateSchema,
  /** Live copies that count, the store's among them. Absent while nobody looked. */
  copies: z.int().min(0).max(99).optional(),
  /** Not looked at, nor repaired, before this. Absent while nobody looked, and once lost. */
  dueAt: timestampSchema.optional(),
  /** `dueAt` is the cooldown of a push that was begun. Absent: of another repair, or nothing was begun. */
  pushBegun: z.boolean().optional(),
  /** Since when it lacks something. Kept while its copies change. */
  since: timestampSchema.optional(),
  /** The loss was told. */
  toldAt: timestampSchema.optional(),
});
type ReplicaMark = z.infer<typeof replicaMarkSchema>;

/** An artifact with what is known of its copies. */
interface MarkedArtifact {
  readonly artifact: Artifact;
  /** Grows with every change of its copies or its mark: a verdict holds only for the one that it was made of. */
  readonly replicaRevision: number;
  readonly mark: ReplicaMark | undefined;
  /** It was registered since the last count. */
  readonly isUncounted: boolean;
}

/** How many artifacts bear each mark. `single` and `none`: of those below their minimum, with one copy, or none that counts. */
interface MarkCounts {
  readonly changed: number;
  readonly under: number;
  readonly short: number;
  readonly lost: number;
  readonly single: number;
  readonly none: number;
}

export type { MarkCounts, MarkedArtifact, ReplicaMark, ReplicaState };
export { replicaMarkSchema, replicaStateSchema };
