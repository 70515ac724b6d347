import { mkdir, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import * as z from 'zod';

/** A multipart upload that was begun: with it an interrupted publish goes on where it stopped. */
const uploadStateSchema = z.object({
  bucket: z.string(),
  key: z.string(),
  uploadId: z.string(),
  partBytes: z.int().positive(),
});
type UploadState = z.infer<typeof uploadStateSchema>;

const statePath = (folder: string, bucket: string, artifactId: string): string =>
  join(folder, `${bucket}-${artifactId}.json`);

const noSuchFile = (error: unknown): boolean =>
  error instanceof Error && 'code' in error && error.code === 'ENOENT';

const parseState = (text: string): UploadState | undefined => {
  try {
    return uploadStateSchema.safeParse(JSON.parse(text)).data;
  } catch {
    // A torn file says nothing; the upload starts again.
    return undefined;
  }
};

const readUploadState = async (
  folder: string,
  bucket: string,
  artifactId: string,
): Promise<UploadState | undefined> => {
  try {
    return parseState(await readFile(statePath(folder, bucket, artifactId), 'utf8'));
  } catch (error) {
    if (noSuchFile(error)) return undefined;
    throw error;
  }
};

const writeUploadState = async (folder: string, artifactId: string, state: UploadState): Promise<void> => {
  await mkdir(folder, { recursive: true, mode: 0o700 });
  await writeFile(statePath(folder, state.bucket, artifactId), `${JSON.stringify(state)}\n`, { mode: 0o600 });
};

const removeUploadState = (folder: string, bucket: string, artifactId: string): Promise<void> =>
  rm(statePath(folder, bucket, artifactId), { force: true });

export type { UploadState };
export { readUploadState, removeUploadState, writeUploadState };
