import { createHash } from 'node:crypto';
import { createReadStream, createWriteStream } from 'node:fs';
import { link, mkdir, rm, stat } from 'node:fs/promises';
import { dirname } from 'node:path';
import type { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { GetObjectCommand, type S3Client } from '@aws-sdk/client-s3';
import { type Artifact, artifactKey } from '../lib/artifacts/artifact.ts';
import { PermanentError, TransientError } from '../lib/errors.ts';

interface PullTools {
  readonly s3: S3Client;
  readonly bucket: string;
  readonly signal: AbortSignal;
  readonly onBytes: (bytes: number) => void;
}

const sizeOf = async (path: string): Promise<number | undefined> =>
  await stat(path).then(
    (facts) => (facts.isFile() ? facts.size : undefined),
    () => undefined,
  );

const hashOf = async (path: string, signal: AbortSignal): Promise<string> => {
  const hash = createHash('sha256');
  await pipeline(createReadStream(path), hash, { signal });
  return hash.digest('hex');
};

const isReadable = (body: unknown): body is Readable =>
  typeof body === 'object' && body !== null && 'pipe' in body && typeof body.pipe === 'function';

/** Goes on behind the bytes that an earlier run has brought. */
const fetchRest = async (artifact: Artifact, partial: string, tools: PullTools): Promise<void> => {
  const from = (await sizeOf(partial)) ?? 0;
  tools.onBytes(Math.min(from, artifact.bytes));
  if (from >= artifact.bytes) return;
  const { Body } = await tools.s3.send(
    new GetObjectCommand({
      Bucket: tools.bucket,
      Key: artifactKey(artifact.artifactId),
      Range: `bytes=${from}-${artifact.bytes - 1}`,
    }),
    { abortSignal: tools.signal },
  );
  if (!isReadable(Body))
    throw new TransientError(`the store answered without bytes for ${artifact.artifactId}`);
  Body.on('data', (chunk: Buffer) => tools.onBytes(chunk.length));
  await pipeline(Body, createWriteStream(partial, { flags: 'a' }), { signal: tools.signal });
};

/**
 * Brings an artifact from the store to `target`, byte-identical. What is there already is never replaced: the same bytes are
 * taken as done, others refused. Interrupted, it goes on where it was.
 * @throws PermanentError when something else lies there, or the bytes are not the artifact's
 */
const pullObject = async (
  artifact: Artifact,
  target: string,
  tools: PullTools,
): Promise<'pulled' | 'already-there'> => {
  if ((await sizeOf(target)) !== undefined) {
    if ((await hashOf(target, tools.signal)) === artifact.artifactId) return 'already-there';
    throw new PermanentError(
      `${target} is there and is another file: nothing is ever replaced, move it away first`,
    );
  }
  await mkdir(dirname(target), { recursive: true });
  const partial = `${target}.${artifact.artifactId.slice(0, 8)}.partial`;
  await fetchRest(artifact, partial, tools);
  if ((await hashOf(partial, tools.signal)) !== artifact.artifactId) {
    await rm(partial, { force: true });
    throw new PermanentError(
      `what came for ${target} is not ${artifact.artifactId}: it was thrown away, pull again`,
    );
  }
  // A link fails where something lies by now; a rename would replace it.
  await link(partial, target);
  await rm(partial);
  return 'pulled';
};

export { pullObject };
