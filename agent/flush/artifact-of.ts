import { basename } from 'node:path';
import type { HashedFile } from '../../lib/artifacts/upload/local-file.ts';
import type { Claim } from '../../lib/commands/node-configuration.ts';
import { contentVersion, type UploadedArtifact } from '../../lib/nodes/uploaded-artifact.ts';

const MAX_FILE_NAME = 128;

/** The file's own name as one plain word: on nodes it becomes a path. The end is kept, because it says what kind of file it is. */
const plainFileName = (path: string): string => {
  const plain = basename(path)
    .replaceAll(/[^A-Za-z0-9._+-]/g, '_')
    .slice(-MAX_FILE_NAME);
  return /^[A-Za-z0-9]/.test(plain) ? plain : `f${plain.slice(-(MAX_FILE_NAME - 1))}`;
};

/** What a file is to be called in the registry. */
interface FileAs extends Pick<Claim, 'kind' | 'name' | 'labels'> {
  /** Of a file that lies under another name than its own; absent: its own. */
  readonly fileName?: string;
}

/** What a file becomes in the registry under this name. */
const artifactOf = (
  { artifactId, bytes, path, partBytes, partDigests }: HashedFile,
  { kind, name, labels, fileName = plainFileName(path) }: FileAs,
): UploadedArtifact => ({
  artifactId,
  kind,
  name,
  version: contentVersion(artifactId),
  fileName,
  bytes,
  ...(labels === undefined ? {} : { labels }),
  ...(partDigests.length > 1 ? { parts: { partBytes, partDigests: [...partDigests] } } : {}),
});

export type { FileAs };
export { artifactOf, plainFileName };
