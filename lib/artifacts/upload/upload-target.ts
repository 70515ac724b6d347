import type { S3Client } from '@aws-sdk/client-s3';
import type { Pace } from './local-file.ts';

interface UploadTarget {
  /** Runs a call with the client of the moment; a call that is repeated with a newer one begins from the start. */
  readonly withS3: <Answer>(call: (s3: S3Client) => Promise<Answer>) => Promise<Answer>;
  readonly bucket: string;
  /** Where begun multipart uploads are remembered. */
  readonly stateFolder: string;
  readonly sleep: (seconds: number, signal?: AbortSignal) => Promise<void>;
  readonly signal: AbortSignal;
  /** Bytes that need no sending, or were sent. */
  readonly onBytes: (bytes: number) => void;
  /** A cap on how fast bytes are sent; absent: none. */
  readonly pace?: Pace;
}

interface UploadOutcome {
  readonly outcome: 'uploaded' | 'already-there';
  /** Bytes that went over the network in this run. */
  readonly sentBytes: number;
  /** Bytes that an earlier run had brought already. */
  readonly resumedBytes: number;
}

export type { UploadOutcome, UploadTarget };
