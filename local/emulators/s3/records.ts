import * as z from 'zod';
import { checksumAlgorithmSchema } from './checksums.ts';

const checksumsSchema = z.partialRecord(checksumAlgorithmSchema, z.string());

/** Headers that come back as they were sent: content type, encoding, `x-amz-meta-…`. */
const storedHeadersSchema = z.record(z.string(), z.string());

/** One file of an object's bytes: the whole object, or one part of a multipart upload. */
const segmentSchema = z.object({
  /** In the bucket's folder `blobs`. */
  file: z.string(),
  size: z.number(),
  partNumber: z.number(),
  checksums: checksumsSchema,
});

const objectSchema = z.object({
  key: z.string(),
  versionId: z.string(),
  /** Without quotes. */
  etag: z.string(),
  size: z.number(),
  lastModifiedMs: z.number(),
  headers: storedHeadersSchema,
  segments: z.array(segmentSchema),
  isMultipart: z.boolean(),
  /** A repeated CompleteMultipartUpload of this upload is answered as the first was. */
  uploadId: z.string().optional(),
  checksums: checksumsSchema,
});

const uploadSchema = z.object({
  uploadId: z.string(),
  key: z.string(),
  initiatedMs: z.number(),
  headers: storedHeadersSchema,
  checksumAlgorithm: checksumAlgorithmSchema.optional(),
  parts: z.array(segmentSchema.extend({ etag: z.string(), lastModifiedMs: z.number() })),
});

type Segment = z.infer<typeof segmentSchema>;
type StoredObject = z.infer<typeof objectSchema>;
type Upload = z.infer<typeof uploadSchema>;
type UploadPart = Upload['parts'][number];

export type { Segment, StoredObject, Upload, UploadPart };
export { objectSchema, uploadSchema };
