import { basename, resolve } from 'node:path';
import * as z from 'zod';
import {
  type Artifact,
  artifactKindSchema,
  labelsSchema,
  segmentSchema,
} from '../../lib/artifacts/artifact.ts';
import { whyNodesRefuse } from '../../lib/artifacts/check-file.ts';
import { registerArtifact } from '../../lib/artifacts/register-artifact.ts';
import { createS3StoreObjects } from '../../lib/artifacts/s3-store-objects.ts';
import { fileBytes, type HashedFile, hashLocalFile } from '../../lib/artifacts/upload/local-file.ts';
import { uploadArtifact } from '../../lib/artifacts/upload/upload-artifact.ts';
import type { UploadOutcome } from '../../lib/artifacts/upload/upload-target.ts';
import { PermanentError } from '../../lib/errors.ts';
import type { Context, Session } from '../context.ts';
import { UsageError } from '../exit.ts';
import { formatBytes } from '../output/bytes.ts';
import { createProgress } from '../output/progress.ts';
import { uploadStateFolder } from '../upload-state-folder.ts';

/** `key=value` words to a record. */
const labelWordsSchema = z
  .array(z.string().regex(/^[^=]+=/, 'write key=value'))
  .default([])
  .transform((words) =>
    Object.fromEntries(
      words.map((word) => [word.slice(0, word.indexOf('=')), word.slice(word.indexOf('=') + 1)]),
    ),
  )
  .pipe(labelsSchema);

const publishInputSchema = z.object({
  file: z.string().min(1),
  kind: artifactKindSchema,
  name: segmentSchema,
  version: segmentSchema,
  label: labelWordsSchema,
});
type PublishInput = z.infer<typeof publishInputSchema>;

const fileNameOf = (path: string): string => {
  const parsed = segmentSchema.safeParse(basename(path));
  if (parsed.success) return parsed.data;
  throw new UsageError(
    `${basename(path)} cannot be a file name on nodes (${parsed.error.issues[0]?.message}): rename the file`,
  );
};

/** Refuses before anything else what no node would take. */
const refuseUnusable = async (kind: PublishInput['kind'], path: string): Promise<void> => {
  const problem = await whyNodesRefuse(kind, { path, bytes: await fileBytes(path) });
  if (problem !== undefined)
    throw new PermanentError(`nothing was sent, nodes would refuse ${path}: ${problem}`);
};

/** Refuses before any byte travels what registration would refuse after it. */
const refuseOtherMeaning = async (
  { stores }: Context,
  { kind, name, version }: PublishInput,
  artifactId: string,
): Promise<void> => {
  const sameBytes = await stores.artifacts.get(artifactId);
  if (sameBytes && (sameBytes.kind !== kind || sameBytes.name !== name || sameBytes.version !== version))
    throw new PermanentError(
      `these bytes are registered as ${sameBytes.kind} ${sameBytes.name}@${sameBytes.version} (${artifactId}): use that name`,
    );
  const sameName = await stores.artifacts.findByName(name, kind);
  const taken = sameName.find(
    (artifact) => artifact.version === version && artifact.artifactId !== artifactId,
  );
  if (taken)
    throw new PermanentError(
      `${kind} ${name}@${version} is registered with other bytes (${taken.artifactId}): give the new file a new version`,
    );
};

/** Runs `work` with a progress bar, and turns Ctrl-C into one line that says how to go on. */
const withProgress = async <Result>(
  { io, screen }: Session,
  label: string,
  totalBytes: number,
  work: (onBytes: (bytes: number) => void) => Promise<Result>,
): Promise<{ result: Result; seconds: number }> => {
  const progress = createProgress(io, screen.json, label, totalBytes);
  const startedAt = io.clock.now().getTime();
  try {
    const result = await work(progress.advance);
    return { result, seconds: (io.clock.now().getTime() - startedAt) / 1000 };
  } catch (error) {
    if (io.signal.aborted)
      throw new PermanentError('interrupted: run the same command again, it goes on with what is missing', {
        cause: error,
      });
    throw error;
  } finally {
    progress.stop();
  }
};

const register = async (
  context: Context,
  { io }: Session,
  input: PublishInput,
  file: HashedFile,
): Promise<{ created: boolean; artifact: Artifact }> => {
  const { stores, clients, installation, caller } = context;
  const { artifactId, bytes, partBytes, partDigests } = file;
  return registerArtifact(
    {
      artifacts: stores.artifacts,
      objects: createS3StoreObjects(clients.s3),
      audit: stores.audit,
      publisher: stores.publisher,
      clock: io.clock,
    },
    {
      artifactId,
      bytes,
      kind: input.kind,
      name: input.name,
      version: input.version,
      fileName: fileNameOf(file.path),
      labels: input.label,
      registeredBy: (await caller()).arn,
      bucket: installation.profile.artifactBucket,
      ...(partDigests.length > 1 && { parts: { partBytes, partDigests } }),
    },
  );
};

const describeUpload = (upload: UploadOutcome, bytes: number, seconds: number): string => {
  if (upload.outcome === 'already-there') return 'the store had it already';
  const resumed =
    upload.resumedBytes > 0 ? `, ${formatBytes(upload.resumedBytes)} were there from before` : '';
  return `${formatBytes(upload.sentBytes)} of ${formatBytes(bytes)} sent in ${seconds.toFixed(1)} s (${formatBytes(upload.sentBytes / Math.max(seconds, 0.001))}/s)${resumed}`;
};

/** Check → hash → upload what the store lacks → let the store confirm its copy → register, audit, event. Repeating it is harmless. */
const publishArtifact = async (input: PublishInput, session: Session): Promise<void> => {
  const { io, screen } = session;
  const path = resolve(io.workingFolder, input.file);
  fileNameOf(path);
  await refuseUnusable(input.kind, path);
  const context = await session.connect();
  await context.caller();
  const hashing = await hashLocalFile(path, io.signal, (bytes, work) =>
    withProgress(session, 'Hashing  ', bytes, work),
  );
  const file = hashing.result;
  await refuseOtherMeaning(context, input, file.artifactId);
  const { result: upload, seconds } = await withProgress(session, 'Uploading', file.bytes, (onBytes) =>
    uploadArtifact(
      {
        withS3: (call) => call(context.clients.s3),
        bucket: context.installation.profile.artifactBucket,
        stateFolder: uploadStateFolder(io),
        sleep: io.sleep,
        signal: io.signal,
        onBytes,
      },
      file,
    ),
  );
  const { created, artifact } = await register(context, session, input, file);
  screen.show({ artifact, created, upload: { ...upload, seconds, hashSeconds: hashing.seconds } }, () =>
    [
      `${screen.good(created ? 'Published' : 'Published before')} ${artifact.name}@${artifact.version}: ${formatBytes(artifact.bytes)}, verified in the store.`,
      `  artifact  ${artifact.artifactId}`,
      `  upload    ${describeUpload(upload, file.bytes, seconds)}; hashed in ${hashing.seconds.toFixed(1)} s (${formatBytes(file.bytes / Math.max(hashing.seconds, 0.001))}/s)`,
      ...(artifact.kind === 'model'
        ? [`Next: drover models promote ${artifact.name}@${artifact.version}`]
        : artifact.kind === 'npz'
          ? [`Next: drover events put DatasetPublished name=${artifact.name} version=${artifact.version}`]
          : []),
    ].join('\n'),
  );
};

export { publishArtifact, publishInputSchema };
