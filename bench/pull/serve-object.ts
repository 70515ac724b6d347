import { createHash, randomBytes } from 'node:crypto';
import { PassThrough } from 'node:stream';
import { CreateBucketCommand, S3Client } from '@aws-sdk/client-s3';
import { Upload } from '@aws-sdk/lib-storage';
import { startFrontDoor } from '../../local/emulators/front-door.ts';

/**
 * The embedded cloud's object store in a process of its own, with one object of random bytes. Prints one JSON line that says where
 * it is, and serves until standard input closes.
 */
const BUCKET = 'bench-artifacts';
const CHUNK_BYTES = 8 * 1024 * 1024;

const totalBytes = Number(process.argv[2]);
const [folder] = process.argv.slice(3);
const cloud = await startFrontDoor({
  port: 0,
  dataFolder: folder,
  accountId: '000000000000',
  region: 'eu-central-1',
  log: (line) => process.stderr.write(`${line}\n`),
});
const credentials = cloud.principals.operator;
const s3 = new S3Client({
  endpoint: cloud.endpoint,
  region: cloud.region,
  credentials,
  forcePathStyle: true,
});
await s3.send(new CreateBucketCommand({ Bucket: BUCKET }));

const hash = createHash('sha256');
const body = new PassThrough({ highWaterMark: CHUNK_BYTES });
const upload = new Upload({
  client: s3,
  params: { Bucket: BUCKET, Key: 'artifacts/bench', Body: body, ChecksumAlgorithm: 'SHA256' },
  partSize: 64 * 1024 * 1024,
  queueSize: 1,
}).done();
// Random once, different in every chunk: making a gigabyte of random bytes would take longer than the bench.
const chunk = randomBytes(CHUNK_BYTES);
for (let done = 0; done < totalBytes; done += CHUNK_BYTES) {
  chunk.writeUInt32LE(done / CHUNK_BYTES, 0);
  const piece = Buffer.from(chunk.subarray(0, Math.min(CHUNK_BYTES, totalBytes - done)));
  hash.update(piece);
  if (!body.write(piece)) await new Promise((resolve) => body.once('drain', resolve));
}
body.end();
await upload;

process.stdout.write(
  `${JSON.stringify({
    endpoint: cloud.endpoint,
    region: cloud.region,
    bucket: BUCKET,
    key: 'artifacts/bench',
    sha256: hash.digest('hex'),
    ...credentials,
  })}\n`,
);
process.stdin.resume();
process.stdin.on('close', () => {
  cloud.stop().then(
    () => process.exit(0),
    () => process.exit(1),
  );
});
