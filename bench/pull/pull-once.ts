import { S3Client } from '@aws-sdk/client-s3';
import { openDataFolder } from '../../agent/disk/data-folder.ts';
import { HashCache } from '../../agent/inventory/hash-cache.ts';
import { createLog } from '../../agent/log.ts';
import { pullArtifact } from '../../agent/pull/pull-artifact.ts';
import { KeyedMutex } from '../../agent/semaphore.ts';
import { systemTiming } from '../../agent/wait.ts';
import { benchObjectSchema } from './bench-object.ts';

/** The agent's own `pull` in a fresh process. Prints its seconds, those of all processors, and the most memory that it had, as JSON. */
const [objectText = '', bytesText = '', data = ''] = process.argv.slice(2);
const object = benchObjectSchema.parse(JSON.parse(objectText));
const folder = await openDataFolder(data);
const s3 = new S3Client({
  endpoint: object.endpoint,
  region: object.region,
  credentials: object,
  forcePathStyle: true,
  responseChecksumValidation: 'WHEN_REQUIRED',
});
const busyBefore = process.cpuUsage();
const began = process.hrtime.bigint();
await pullArtifact(
  {
    schemaVersion: 1,
    commandId: 'c-bench',
    nodeId: 'n-000000000000',
    attempt: 1,
    issuedAt: '2026-01-01T00:00:00.000Z',
    deadlineAt: '2100-01-01T00:00:00.000Z',
    type: 'pull',
    artifactId: object.sha256,
    kind: 'model',
    name: 'bench',
    version: '1',
    bytes: Number(bytesText),
    path: 'models/bench/1/bench.pth',
    store: { bucket: object.bucket, key: object.key },
  },
  {
    folder,
    hashCache: new HashCache(folder.root, folder.hashCache),
    withS3: async (call) => await call(s3),
    minimumModelBytes: 1024,
    stallSeconds: 60,
    bandwidth: undefined,
    artifactMutex: new KeyedMutex(),
    linkMutex: new KeyedMutex(),
    timing: systemTiming,
    log: createLog(
      'info',
      (line) => process.stderr.write(line),
      () => new Date(),
    ),
  },
  new AbortController().signal,
  () => undefined,
  () => undefined,
);
const seconds = Number(process.hrtime.bigint() - began) / 1e9;
const { user, system } = process.cpuUsage(busyBefore);
const cpuSeconds = (user + system) / 1e6;
process.stdout.write(
  JSON.stringify({ seconds, cpuSeconds, peakBytes: process.resourceUsage().maxRSS * 1024 }),
);
process.exit(0);
