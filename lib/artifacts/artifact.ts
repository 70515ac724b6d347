import * as z from 'zod';
import { ARTIFACT_PREFIX } from '../constants.ts';
import { artifactIdSchema, nodeIdSchema } from '../ids.ts';
import { timestampSchema } from '../time.ts';

const artifactKindSchema = z.enum(['model', 'npz', 'games', 'checkpoint', 'other']);
type ArtifactKind = z.infer<typeof artifactKindSchema>;

/** A name or version becomes a folder on nodes, so it is one plain path segment. */
const segmentSchema = z
  .string()
  .regex(
    /^[A-Za-z0-9][A-Za-z0-9._+-]{0,127}$/,
    'use letters, digits and . _ + - (1 to 128, not starting with a mark)',
  );

const labelsSchema = z.record(z.string().min(1).max(64), z.string().max(256));

/**
 * The verified copy in the object store, "replica zero" (design.md section 1): a single PUT has `sha256` checked by the store;
 * a multipart object has SHA-256 per part, and the composite (`base64-<parts>`) equals the one computed from the local file.
 */
const storeReplicaSchema = z.object({
  key: z.string(),
  verifiedAt: timestampSchema,
  /** The store's own checksum: base64 SHA-256 of the object, or `<base64>-<parts>` of the parts' digests. */
  checksum: z.string(),
  /** Absent for a single PUT. */
  partBytes: z.int().positive().optional(),
});

/** The `META` item of an artifact: what it is, and where its live replicas are. */
const artifactSchema = z.object({
  artifactId: artifactIdSchema,
  kind: artifactKindSchema,
  name: segmentSchema,
  version: segmentSchema,
  fileName: segmentSchema,
  bytes: z.int().nonnegative(),
  labels: labelsSchema.default({}),
  registeredAt: timestampSchema,
  /** The operator's ARN, or the nodeId of the producer. */
  registeredBy: z.string(),
  storeReplica: storeReplicaSchema.optional(),
  /** Nodes whose disk holds it, hashed by the node itself. */
  replicaNodeIds: z.array(nodeIdSchema).default([]),
  /** When it was last promoted; orders the `current` links of nodes. */
  promotedAt: timestampSchema.optional(),
});
type Artifact = z.infer<typeof artifactSchema>;

const artifactKey = (artifactId: string): string => `${ARTIFACT_PREFIX}${artifactId}`;

const kindFolders: Record<ArtifactKind, string> = {
  model: 'models',
  npz: 'npz',
  games: 'games',
  checkpoint: 'checkpoints',
  other: 'other',
};

/** Where a node keeps the artifact, relative to its data root: `models/hex8_2p/12/m.pth`. */
const artifactPath = (artifact: Pick<Artifact, 'kind' | 'name' | 'version' | 'fileName'>): string =>
  `${kindFolders[artifact.kind]}/${artifact.name}/${artifact.version}/${artifact.fileName}`;

export type { Artifact, ArtifactKind };
export {
  artifactKey,
  artifactKindSchema,
  artifactPath,
  artifactSchema,
  labelsSchema,
  segmentSchema,
  storeReplicaSchema,
};
