import * as z from 'zod';

/** The object that all sides fetch, as `serve-object.ts` prints it. */
const benchObjectSchema = z.object({
  endpoint: z.string(),
  region: z.string(),
  bucket: z.string(),
  key: z.string(),
  sha256: z.string(),
  accessKeyId: z.string(),
  secretAccessKey: z.string(),
});
type BenchObject = z.infer<typeof benchObjectSchema>;

export type { BenchObject };
export { benchObjectSchema };
