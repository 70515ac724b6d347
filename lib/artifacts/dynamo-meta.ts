import * as z from 'zod';
import { fromSet, parseItem } from '../aws/parse-item.ts';
import { nodeIdSchema } from '../ids.ts';
import { type Artifact, artifactSchema } from './artifact.ts';
import { type MarkedArtifact, type ReplicaMark, replicaMarkSchema } from './replica-mark.ts';

const META = 'META';

/** The partition of marks that nobody looked at since; it has no order. */
const UNORDERED = '-';

/** The live replicas are a DynamoDB set, which is absent while it is empty. */
const metaSchema = artifactSchema.extend({
  replicaNodeIds: z.preprocess(fromSet, z.array(nodeIdSchema)),
});

const standingSchema = z.object({
  replicaRevision: z.int().nonnegative().default(0),
  /** The keys of the index `byReplicas`: present only while the artifact is marked. */
  replicaState: replicaMarkSchema.shape.state.optional(),
  replicaCopies: replicaMarkSchema.shape.copies,
  replicaDueAt: replicaMarkSchema.shape.dueAt,
  replicaPushBegun: replicaMarkSchema.shape.pushBegun,
  replicaSince: replicaMarkSchema.shape.since,
  replicaToldAt: replicaMarkSchema.shape.toldAt,
  /** Registered since the last count. */
  uncounted: z.boolean().default(false),
});

const parseMeta = (item: unknown): Artifact => parseItem(metaSchema, item, 'the META item of an artifact');

const definedOnly = (mark: { [Key in keyof ReplicaMark]: ReplicaMark[Key] | undefined }): ReplicaMark =>
  replicaMarkSchema.parse(mark);

const parseMarked = (item: unknown): MarkedArtifact => {
  const standing = parseItem(standingSchema, item, 'the marks of an artifact');
  const { replicaState: state, replicaRevision, uncounted } = standing;
  return {
    artifact: parseMeta(item),
    replicaRevision,
    mark:
      state === undefined
        ? undefined
        : definedOnly({
            state,
            copies: standing.replicaCopies,
            dueAt: standing.replicaDueAt,
            pushBegun: standing.replicaPushBegun,
            since: standing.replicaSince,
            toldAt: standing.replicaToldAt,
          }),
    isUncounted: uncounted,
  };
};

/** Sorts fewest copies first, then the longest due. */
const copiesPrefix = (copies: number): string => `${String(copies).padStart(2, '0')}#`;

const replicaKey = ({ copies, dueAt }: ReplicaMark): string =>
  copies === undefined || dueAt === undefined ? UNORDERED : `${copiesPrefix(copies)}${dueAt}`;

/** A new META item, which nobody looked at or counted yet. */
const toMetaItem = ({ replicaNodeIds, ...artifact }: Artifact): Record<string, unknown> => ({
  ...artifact,
  item: META,
  catalog: 'artifact',
  kindName: `${artifact.kind}#${artifact.name}`,
  ...(replicaNodeIds.length === 0 ? {} : { replicaNodeIds: new Set(replicaNodeIds) }),
  replicaRevision: 1,
  replicaState: 'changed',
  replicaKey: UNORDERED,
  uncounted: true,
});

export { copiesPrefix, META, parseMarked, parseMeta, replicaKey, toMetaItem, UNORDERED };
