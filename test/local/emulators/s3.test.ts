import { createHash, randomBytes } from 'node:crypto';
import { closeSync, openSync, readSync, writeSync } from 'node:fs';
import { Readable } from 'node:stream';
import {
  AbortMultipartUploadCommand,
  type CompletedPart,
  CompleteMultipartUploadCommand,
  CreateBucketCommand,
  CreateMultipartUploadCommand,
  DeleteObjectCommand,
  GetObjectAttributesCommand,
  GetObjectCommand,
  HeadBucketCommand,
  HeadObjectCommand,
  ListObjectsV2Command,
  ListPartsCommand,
  NoSuchKey,
  NotFound,
  PutObjectCommand,
  type S3Client,
  UploadPartCommand,
} from '@aws-sdk/client-s3';
import { Upload } from '@aws-sdk/lib-storage';
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest';
import type { FrontDoor } from '../../../local/emulators/front-door.ts';
import { clientsOf, refusalOf, start, temporaryFolder } from './support/front-door.ts';

const Bucket = 'test-bucket';
const MIB = 1024 * 1024;

const sha256 = (...chunks: Uint8Array[]): string => {
  const hash = createHash('sha256');
  for (const chunk of chunks) hash.update(chunk);
  return hash.digest('base64');
};

const read = async (s3: S3Client, Key: string, Range?: string): Promise<Buffer> => {
  const { Body } = await s3.send(
    new GetObjectCommand({ Bucket, Key, ...(Range !== undefined && { Range }) }),
  );
  return Buffer.from((await Body?.transformToByteArray()) ?? []);
};

describe('the S3 emulator', () => {
  let cloud: FrontDoor;
  let s3: S3Client;

  beforeAll(async () => {
    cloud = await start();
    s3 = clientsOf(cloud).s3;
    await s3.send(new CreateBucketCommand({ Bucket }));
  });
  afterAll(() => cloud.stop());

  const put = (Key: string, Body: Buffer, more: Partial<PutObjectCommand['input']> = {}) =>
    s3.send(new PutObjectCommand({ Bucket, Key, Body, ...more }));

  /** Uploads parts with SHA-256, as `artifacts publish` does. */
  const uploadParts = async (Key: string, bodies: readonly Buffer[]) => {
    const { UploadId } = await s3.send(
      new CreateMultipartUploadCommand({ Bucket, Key, ChecksumAlgorithm: 'SHA256' }),
    );
    const parts: CompletedPart[] = [];
    for (const [index, Body] of bodies.entries()) {
      const PartNumber = index + 1;
      const { ETag, ChecksumSHA256 } = await s3.send(
        new UploadPartCommand({ Bucket, Key, UploadId, PartNumber, Body, ChecksumSHA256: sha256(Body) }),
      );
      parts.push({ PartNumber, ETag, ChecksumSHA256 });
    }
    return { UploadId, parts };
  };
  const complete = (
    Key: string,
    UploadId: string | undefined,
    Parts: CompletedPart[],
    more: Partial<CompleteMultipartUploadCommand['input']> = {},
  ) =>
    s3.send(
      new CompleteMultipartUploadCommand({ Bucket, Key, UploadId, MultipartUpload: { Parts }, ...more }),
    );

  it('knows its buckets', async () => {
    await s3.send(new HeadBucketCommand({ Bucket }));
    await expect(s3.send(new HeadBucketCommand({ Bucket: 'missing' }))).rejects.toBeInstanceOf(NotFound);
    expect((await refusalOf(s3.send(new ListObjectsV2Command({ Bucket: 'missing' })))).name).toBe(
      'NoSuchBucket',
    );
  });

  it.each([
    ['plain', 'plain'],
    ['spaced', 'with space'],
    ['nested', 'a/b/c'],
    ['odd', 'ü+%&?=#'],
    ['dotted', '../up'],
    ['long', 'x'.repeat(1000)],
  ])('gives back the bytes and headers of a %s key', async (_kind, Key) => {
    const body = randomBytes(1000);
    await put(Key, body, { ContentType: 'application/x-test', Metadata: { colour: 'red' } });
    expect(await read(s3, Key)).toEqual(body);
    const head = await s3.send(new HeadObjectCommand({ Bucket, Key }));
    expect(head).toMatchObject({
      ContentLength: 1000,
      ContentType: 'application/x-test',
      Metadata: { colour: 'red' },
      ETag: `"${createHash('md5').update(body).digest('hex')}"`,
    });
    expect(head.VersionId).toMatch(/^[0-9a-f]{32}$/);
  });

  it('keeps an empty object', async () => {
    await put('empty', Buffer.alloc(0));
    expect(await read(s3, 'empty')).toHaveLength(0);
  });

  it.each([
    ['bytes=0-9', 0, 10],
    ['bytes=995-', 995, 1000],
    ['bytes=-5', 995, 1000],
    ['bytes=990-5000', 990, 1000],
  ])('answers range %s with its part only', async (range, first, end) => {
    const body = randomBytes(1000);
    await put('ranged', body);
    const answer = await s3.send(new GetObjectCommand({ Bucket, Key: 'ranged', Range: range }));
    expect(Buffer.from((await answer.Body?.transformToByteArray()) ?? [])).toEqual(body.subarray(first, end));
    expect(answer.ContentRange).toBe(`bytes ${first}-${end - 1}/1000`);
    expect(answer.$metadata.httpStatusCode).toBe(206);
  });

  it('refuses a range beyond the end, and a key that is not there', async () => {
    await put('short', Buffer.from('abc'));
    expect(await refusalOf(read(s3, 'short', 'bytes=3-9'))).toEqual({ name: 'InvalidRange', status: 416 });
    await expect(read(s3, 'no such key')).rejects.toBeInstanceOf(NoSuchKey);
    await expect(s3.send(new HeadObjectCommand({ Bucket, Key: 'no such key' }))).rejects.toBeInstanceOf(
      NotFound,
    );
  });

  it('answers 304 when the caller has it, and 412 when it changed', async () => {
    const { ETag } = await put('conditional', Buffer.from('v1'));
    const same = s3.send(new GetObjectCommand({ Bucket, Key: 'conditional', IfNoneMatch: ETag }));
    expect((await refusalOf(same)).status).toBe(304);
    const other = s3.send(new GetObjectCommand({ Bucket, Key: 'conditional', IfMatch: '"other"' }));
    expect((await refusalOf(other)).status).toBe(412);
  });

  it('lets one of many writers with If-None-Match: * win', async () => {
    const bodies = Array.from({ length: 8 }, () => randomBytes(64 * 1024));
    const results = await Promise.allSettled(bodies.map((body) => put('once', body, { IfNoneMatch: '*' })));
    const winners = bodies.filter((_, index) => results[index]?.status === 'fulfilled');
    expect(winners).toHaveLength(1);
    expect(await read(s3, 'once')).toEqual(winners[0]);
    const late = put('once', Buffer.from('late'), { IfNoneMatch: '*' });
    expect(await refusalOf(late)).toEqual({ name: 'PreconditionFailed', status: 412 });
  });

  it('verifies a SHA-256 and gives it back', async () => {
    const body = randomBytes(5000);
    await put('summed', body, { ChecksumSHA256: sha256(body) });
    const head = await s3.send(new HeadObjectCommand({ Bucket, Key: 'summed', ChecksumMode: 'ENABLED' }));
    expect(head).toMatchObject({ ChecksumSHA256: sha256(body), ChecksumType: 'FULL_OBJECT' });
    const wrong = put('wrong', body, { ChecksumSHA256: sha256(Buffer.from('other')) });
    expect(await refusalOf(wrong)).toEqual({ name: 'BadDigest', status: 400 });
    await expect(read(s3, 'wrong')).rejects.toBeInstanceOf(NoSuchKey);
  });

  it('verifies the trailing CRC32 of a stream', async () => {
    const body = randomBytes(3 * MIB + 17);
    const Body = Readable.from([body.subarray(0, MIB), body.subarray(MIB)]);
    await s3.send(new PutObjectCommand({ Bucket, Key: 'streamed', Body, ContentLength: body.length }));
    const head = await s3.send(new HeadObjectCommand({ Bucket, Key: 'streamed', ChecksumMode: 'ENABLED' }));
    expect(head.ChecksumCRC32).toBeDefined();
    expect(await read(s3, 'streamed')).toEqual(body);

    const { accessKeyId } = cloud.principals.operator;
    const response = await fetch(`${cloud.endpoint}/${Bucket}/trailed`, {
      method: 'PUT',
      headers: {
        authorization: `AWS4-HMAC-SHA256 Credential=${accessKeyId}/20260101/x/s3/aws4_request, SignedHeaders=host, Signature=0`,
        'x-amz-content-sha256': 'STREAMING-UNSIGNED-PAYLOAD-TRAILER',
        'x-amz-trailer': 'x-amz-checksum-crc32',
        'x-amz-decoded-content-length': '5',
      },
      body: '5\r\nhello\r\n0\r\nx-amz-checksum-crc32:AAAAAA==\r\n\r\n',
    });
    expect(response.status).toBe(400);
    expect(await response.text()).toContain('<Code>BadDigest</Code>');
  });

  it('puts parts together: size, composite checksum, ranges over their borders', async () => {
    const bodies = [randomBytes(5 * MIB), randomBytes(5 * MIB), randomBytes(MIB)];
    const whole = Buffer.concat(bodies);
    const { UploadId, parts } = await uploadParts('big', bodies);
    const composite = `${sha256(...bodies.map((body) => Buffer.from(sha256(body), 'base64')))}-3`;
    const done = await complete('big', UploadId, parts, { ChecksumSHA256: composite });
    expect(done).toMatchObject({ ChecksumSHA256: composite, ChecksumType: 'COMPOSITE' });
    expect(done.ETag).toMatch(/^"[0-9a-f]{32}-3"$/);
    expect((await read(s3, 'big')).equals(whole)).toBe(true);
    const [first, last] = [5 * MIB - 10, 10 * MIB + 10];
    expect((await read(s3, 'big', `bytes=${first}-${last}`)).equals(whole.subarray(first, last + 1))).toBe(
      true,
    );

    const head = await s3.send(new HeadObjectCommand({ Bucket, Key: 'big', ChecksumMode: 'ENABLED' }));
    expect(head).toMatchObject({ ContentLength: whole.length, ChecksumSHA256: composite });
    const attributes = await s3.send(
      new GetObjectAttributesCommand({
        Bucket,
        Key: 'big',
        ObjectAttributes: ['Checksum', 'ObjectParts', 'ObjectSize'],
      }),
    );
    // Here S3 leaves out the number of parts.
    expect(attributes.Checksum).toEqual({
      ChecksumSHA256: composite.replace('-3', ''),
      ChecksumType: 'COMPOSITE',
    });
    expect(attributes.ObjectSize).toBe(whole.length);
    expect(attributes.ObjectParts?.TotalPartsCount).toBe(3);
    expect(attributes.ObjectParts?.Parts).toEqual(
      bodies.map((body, index) => ({
        PartNumber: index + 1,
        Size: body.length,
        ChecksumSHA256: sha256(body),
      })),
    );
    // The answer may be lost: the same request again gets it again.
    expect((await complete('big', UploadId, parts)).VersionId).toBe(done.VersionId);
  });

  it('lists the parts that are there, so that an upload goes on', async () => {
    const bodies = [randomBytes(5 * MIB), randomBytes(100)];
    const { UploadId, parts } = await uploadParts('resumed', bodies);
    const listed = await s3.send(new ListPartsCommand({ Bucket, Key: 'resumed', UploadId, MaxParts: 1 }));
    expect(listed).toMatchObject({ IsTruncated: true, NextPartNumberMarker: '1' });
    const rest = await s3.send(
      new ListPartsCommand({
        Bucket,
        Key: 'resumed',
        UploadId,
        PartNumberMarker: listed.NextPartNumberMarker,
      }),
    );
    expect([...(listed.Parts ?? []), ...(rest.Parts ?? [])]).toMatchObject(
      parts.map((part, index) => ({ ...part, Size: bodies[index]?.length })),
    );
    await s3.send(new AbortMultipartUploadCommand({ Bucket, Key: 'resumed', UploadId }));
    const gone = s3.send(new ListPartsCommand({ Bucket, Key: 'resumed', UploadId }));
    expect(await refusalOf(gone)).toEqual({ name: 'NoSuchUpload', status: 404 });
  });

  it('refuses parts that are wrong, missing, out of order or too small', async () => {
    const { UploadId, parts } = await uploadParts('refused', [
      randomBytes(5 * MIB),
      randomBytes(10),
      randomBytes(10),
    ]);
    const [first = {}, second = {}, third = {}] = parts;
    const otherSum = { ...first, ChecksumSHA256: sha256(Buffer.from('x')) };
    const { ChecksumSHA256: _sum, ...noSum } = first;
    const codeOf = async (chosen: CompletedPart[]) =>
      (await refusalOf(complete('refused', UploadId, chosen))).name;
    expect(await codeOf([otherSum, second])).toBe('InvalidPart');
    expect(await codeOf([noSum, second])).toBe('InvalidRequest');
    expect(await codeOf([first, { ...second, PartNumber: 7 }])).toBe('InvalidPart');
    expect(await codeOf([second, first])).toBe('InvalidPartOrder');
    expect(await codeOf([first, second, third])).toBe('EntityTooSmall');
    const bad = s3.send(
      new UploadPartCommand({
        Bucket,
        Key: 'refused',
        UploadId,
        PartNumber: 4,
        Body: Buffer.from('abc'),
        ChecksumSHA256: sha256(Buffer.from('other')),
      }),
    );
    expect((await refusalOf(bad)).name).toBe('BadDigest');
  });

  it('refuses to complete over an existing key with If-None-Match: *', async () => {
    await put('taken', Buffer.from('here first'));
    const { UploadId, parts } = await uploadParts('taken', [randomBytes(10)]);
    const refusal = await refusalOf(complete('taken', UploadId, parts, { IfNoneMatch: '*' }));
    expect(refusal).toEqual({ name: 'PreconditionFailed', status: 412 });
    expect((await read(s3, 'taken')).toString()).toBe('here first');
  });

  it('works with the managed upload of lib-storage', async () => {
    const body = randomBytes(12 * MIB);
    await new Upload({ client: s3, params: { Bucket, Key: 'managed', Body: Readable.from([body]) } }).done();
    expect((await read(s3, 'managed')).equals(body)).toBe(true);
  });

  it('lists in order, by prefix, delimiter and page, and forgets what is deleted', async () => {
    for (const Key of ['list/b', 'list/a', 'list/sub/1', 'list/sub/2', 'list/z'])
      await put(Key, Buffer.from(Key));
    const keysOf = async (input: { StartAfter?: string; Delimiter?: string }) => {
      const found: (string | undefined)[] = [];
      let token: string | undefined;
      do {
        const page = await s3.send(
          new ListObjectsV2Command({
            Bucket,
            Prefix: 'list/',
            MaxKeys: 2,
            ...(token !== undefined && { ContinuationToken: token }),
            ...input,
          }),
        );
        found.push(
          ...(page.Contents ?? []).map(({ Key }) => Key),
          ...(page.CommonPrefixes ?? []).map(({ Prefix }) => Prefix),
        );
        token = page.NextContinuationToken;
      } while (token !== undefined);
      return found;
    };
    expect(await keysOf({})).toEqual(['list/a', 'list/b', 'list/sub/1', 'list/sub/2', 'list/z']);
    expect((await keysOf({ Delimiter: '/' })).sort()).toEqual(['list/a', 'list/b', 'list/sub/', 'list/z']);
    expect(await keysOf({ StartAfter: 'list/b' })).toEqual(['list/sub/1', 'list/sub/2', 'list/z']);
    await s3.send(new DeleteObjectCommand({ Bucket, Key: 'list/a' }));
    expect(await keysOf({})).not.toContain('list/a');
  });

  it('serves what is on the disk, also when it was damaged there', async () => {
    const { UploadId, parts } = await uploadParts('damaged', [
      Buffer.alloc(5 * MIB, 1),
      Buffer.alloc(100, 2),
    ]);
    await complete('damaged', UploadId, parts);
    const place = cloud.objects.locate(Bucket, 'damaged', 5 * MIB + 7);
    expect(cloud.objects.locate(Bucket, 'damaged', 5 * MIB + 100)).toBeUndefined();
    const file = openSync(place?.path ?? '', 'r+');
    const before = Buffer.alloc(1);
    readSync(file, before, 0, 1, place?.position ?? 0);
    writeSync(file, Buffer.from([99]), 0, 1, place?.position ?? 0);
    closeSync(file);
    expect(before[0]).toBe(2);
    expect((await read(s3, 'damaged', `bytes=${5 * MIB + 6}-${5 * MIB + 8}`)).toJSON().data).toEqual([
      2, 99, 2,
    ]);
  });

  it('keeps objects and unfinished uploads over a restart', async () => {
    const dataFolder = temporaryFolder(onTestFinished);
    const first = await start({ dataFolder });
    const before = clientsOf(first).s3;
    await before.send(new CreateBucketCommand({ Bucket }));
    await before.send(new PutObjectCommand({ Bucket, Key: 'kept', Body: 'kept' }));
    const { UploadId } = await before.send(new CreateMultipartUploadCommand({ Bucket, Key: 'half' }));
    await before.send(new UploadPartCommand({ Bucket, Key: 'half', UploadId, PartNumber: 1, Body: 'half' }));
    await first.stop();

    const second = await start({ dataFolder });
    const after = clientsOf(second).s3;
    const kept = await read(after, 'kept');
    const { Parts } = await after.send(new ListPartsCommand({ Bucket, Key: 'half', UploadId }));
    await second.stop();
    expect(kept.toString()).toBe('kept');
    expect(Parts).toMatchObject([{ PartNumber: 1, Size: 4 }]);
  });
});
