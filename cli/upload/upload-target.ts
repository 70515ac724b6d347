import type { S3Client } from '@aws-sdk/client-s3';

interface UploadTarget {
  readonly s3: S3Client;
  readonly bucket: string;
  /** Where begun multipart uploads are remembered. */
  readonly stateFolder: string;
  readonly sleep: (seconds: number, signal?: AbortSignal) => Promise<void>;
  readonly signal: AbortSignal;
  /** Bytes that need no sending, or were sent. */
  readonly onBytes: (bytes: number) => void;
}

interface UploadOutcome {
  readonly outcome: 'uploaded' | 'already-there';
  /** Bytes that went over the network in this run. */
  readonly sentBytes: number;
  /** Bytes that an earlier run had brought already. */
  readonly resumedBytes: number;
}

export type { UploadOutcome, UploadTarget };
