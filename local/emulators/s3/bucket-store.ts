import { createHash } from 'node:crypto';
import {
  closeSync,
  fsyncSync,
  mkdirSync,
  openSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  writeSync,
} from 'node:fs';
import { join } from 'node:path';
import type { z } from 'zod';
import { objectSchema, type StoredObject, type Upload, uploadSchema } from './records.ts';

/** One bucket: small JSON records of its objects and uploads, and files of bytes that never change (`blobs`). */
interface BucketStore {
  readonly objects: ReadonlyMap<string, StoredObject>;
  readonly uploads: ReadonlyMap<string, Upload>;
  /** A path for new bytes. */
  newBlob(): { file: string; path: string };
  pathOf(file: string): string;
  discardBlob(file: string): void;
  /** Makes it the current object, durably, in one rename; the one before is gone. */
  putObject(object: StoredObject): void;
  deleteObject(key: string): void;
  putUpload(upload: Upload): void;
  /** Forgets the upload; its bytes stay. */
  forgetUpload(uploadId: string): void;
}

/** A new file is complete or not there at all, also after a kill. */
const writeRecord = (path: string, record: unknown): void => {
  const temporary = `${path}.new`;
  const file = openSync(temporary, 'w');
  try {
    writeSync(file, JSON.stringify(record));
    fsyncSync(file);
  } finally {
    closeSync(file);
  }
  renameSync(temporary, path);
};

const readRecords = <T>(folder: string, schema: z.ZodType<T>): T[] =>
  readdirSync(folder)
    .filter((name) => name.endsWith('.json'))
    .map((name) => schema.parse(JSON.parse(readFileSync(join(folder, name), 'utf8'))));

const openBucketStore = (folder: string, newId: () => string): BucketStore => {
  const folderOf = (name: string): string => {
    const path = join(folder, name);
    mkdirSync(path, { recursive: true });
    return path;
  };
  const blobs = folderOf('blobs');
  const objectFolder = folderOf('objects');
  const uploadFolder = folderOf('uploads');
  const objects = new Map(readRecords(objectFolder, objectSchema).map((object) => [object.key, object]));
  const uploads = new Map(readRecords(uploadFolder, uploadSchema).map((upload) => [upload.uploadId, upload]));

  // Keys may hold any character and be longer than a file name.
  const objectPath = (key: string): string =>
    join(objectFolder, `${createHash('sha256').update(key).digest('hex')}.json`);
  const uploadPath = (uploadId: string): string => join(uploadFolder, `${uploadId}.json`);
  const pathOf = (file: string): string => join(blobs, file);
  const discardBlob = (file: string): void => rmSync(pathOf(file), { force: true });

  // Bytes that a killed process received and never recorded.
  const used = new Set(
    [
      ...[...objects.values()].flatMap((object) => object.segments),
      ...[...uploads.values()].flatMap(({ parts }) => parts),
    ].map(({ file }) => file),
  );
  for (const file of readdirSync(blobs)) if (!used.has(file)) discardBlob(file);

  const discardSegments = (object: StoredObject | undefined): void => {
    for (const { file } of object?.segments ?? []) discardBlob(file);
  };

  return {
    objects,
    uploads,
    newBlob: () => {
      const file = newId();
      return { file, path: pathOf(file) };
    },
    pathOf,
    discardBlob,
    putObject: (object) => {
      const before = objects.get(object.key);
      writeRecord(objectPath(object.key), object);
      objects.set(object.key, object);
      discardSegments(before);
    },
    deleteObject: (key) => {
      const before = objects.get(key);
      if (before === undefined) return;
      rmSync(objectPath(key), { force: true });
      objects.delete(key);
      discardSegments(before);
    },
    putUpload: (upload) => {
      writeRecord(uploadPath(upload.uploadId), upload);
      uploads.set(upload.uploadId, upload);
    },
    forgetUpload: (uploadId) => {
      rmSync(uploadPath(uploadId), { force: true });
      uploads.delete(uploadId);
    },
  };
};

export type { BucketStore };
export { openBucketStore };
