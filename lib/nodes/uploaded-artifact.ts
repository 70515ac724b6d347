import * as z from 'zod';
import { artifactSchema, labelsSchema } from '../artifacts/artifact.ts';
import { MAX_PARTS } from '../artifacts/part-bytes.ts';

/** Of a node's own artifacts the version is the beginning of the hash: nobody can take another's version by it. */
const VERSION_DIGITS = 12;

const contentVersion = (artifactId: string): string => artifactId.slice(0, VERSION_DIGITS);

/** A file that a node brought into the store because a claim of its configuration matches it. */
const uploadedArtifactSchema = artifactSchema
  .pick({ artifactId: true, kind: true, name: true, version: true, fileName: true, bytes: true })
  .extend({
    labels: labelsSchema.optional(),
    /** Of a multipart upload, from the same pass over the file as the artifactId; absent for a single PUT. */
    parts: z
      .object({
        partBytes: z.int().positive(),
        partDigests: z.array(z.base64().length(44)).min(2).max(MAX_PARTS),
      })
      .optional(),
  })
  .refine(
    ({ artifactId, version }) => version === contentVersion(artifactId),
    `the version of a node's own artifact is the first ${VERSION_DIGITS} digits of its hash`,
  );
type UploadedArtifact = z.infer<typeof uploadedArtifactSchema>;

export type { UploadedArtifact };
export { contentVersion, uploadedArtifactSchema };
