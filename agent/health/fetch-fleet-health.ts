import { FLEET_HEALTH_KEY } from '../../lib/constants.ts';
import type { WithS3 } from '../pull/s3-source.ts';

interface FetchedHealth {
  /** For the next call. */
  readonly etag: string | undefined;
  readonly text: string;
}

/** The document about the fleet, unless it is still the one of `etag`: then undefined. */
type FetchFleetHealth = (etag: string | undefined) => Promise<FetchedHealth | undefined>;

/** The document is a few kilobytes. */
const CALL_MS = 20_000;
const NOT_MODIFIED = 304;

const statusOf = (error: unknown): unknown =>
  typeof error === 'object' && error !== null && '$metadata' in error
    ? Object(error.$metadata)['httpStatusCode']
    : undefined;

/** Asks the store, by a conditional GET. */
const createFetchFleetHealth =
  (withS3: WithS3, bucket: () => string): FetchFleetHealth =>
  async (etag) => {
    const { GetObjectCommand } = await import('@aws-sdk/client-s3');
    try {
      return await withS3(async (s3) => {
        const command = new GetObjectCommand({
          Bucket: bucket(),
          Key: FLEET_HEALTH_KEY,
          ...(etag === undefined ? {} : { IfNoneMatch: etag }),
        });
        const answer = await s3.send(command, { abortSignal: AbortSignal.timeout(CALL_MS) });
        return { etag: answer.ETag, text: (await answer.Body?.transformToString()) ?? '' };
      });
    } catch (error) {
      if (statusOf(error) === NOT_MODIFIED) return undefined;
      throw error;
    }
  };

export type { FetchFleetHealth };
export { createFetchFleetHealth };
