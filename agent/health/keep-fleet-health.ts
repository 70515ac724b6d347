import { rename } from 'node:fs/promises';
import { FLEET_HEALTH_KEY } from '../../lib/constants.ts';
import type { DataFolder } from '../disk/data-folder.ts';
import { writeFileAtomic } from '../disk/durable-file.ts';
import type { Log } from '../log.ts';
import type { WithS3 } from '../pull/s3-source.ts';
import type { Timing } from '../wait.ts';

interface FleetHealthTools {
  readonly folder: Pick<DataFolder, 'fleetHealth' | 'nextFleetHealth'>;
  readonly withS3: WithS3;
  readonly bucket: () => string;
  readonly timing: Timing;
  readonly log: Log;
}

const EVERY_SECONDS = 60;
/** The document is a few kilobytes. */
const CALL_MS = 20_000;
/** Every program on the machine may read it. */
const FILE_MODE = 0o644;

const NOT_MODIFIED = 304;

const statusOf = (error: unknown): unknown =>
  typeof error === 'object' && error !== null && '$metadata' in error
    ? Object(error.$metadata)['httpStatusCode']
    : undefined;

/** Fetches the document unless it is still `etag`; answers the new tag and text, or undefined when nothing changed. */
const fetchNew = async (
  { withS3, bucket }: FleetHealthTools,
  etag: string | undefined,
): Promise<{ etag: string | undefined; text: string } | undefined> => {
  try {
    const { GetObjectCommand } = await import('@aws-sdk/client-s3');
    return await withS3(async (s3) => {
      const answer = await s3.send(
        new GetObjectCommand({
          Bucket: bucket(),
          Key: FLEET_HEALTH_KEY,
          ...(etag === undefined ? {} : { IfNoneMatch: etag }),
        }),
        { abortSignal: AbortSignal.timeout(CALL_MS) },
      );
      return { etag: answer.ETag, text: (await answer.Body?.transformToString()) ?? '' };
    });
  } catch (error) {
    if (statusOf(error) === NOT_MODIFIED) return undefined;
    throw error;
  }
};

/**
 * Keeps `<data>/fleet-health.json` as the store has it, once a minute until `signal` aborts, so that a program on this node can ask
 * without credentials. What cannot be fetched stays as it is: the document itself says until when it is valid.
 */
const keepFleetHealth = async (tools: FleetHealthTools, signal: AbortSignal): Promise<void> => {
  const { folder, timing, log } = tools;
  let etag: string | undefined;
  do {
    try {
      const found = await fetchNew(tools, etag);
      if (found === undefined) continue;
      await writeFileAtomic(folder.nextFleetHealth, found.text, FILE_MODE);
      await rename(folder.nextFleetHealth, folder.fleetHealth);
      etag = found.etag;
    } catch (error) {
      log.debug('how the fleet is could not be fetched; the file stays as it is', { error });
    }
  } while (await timing.wait(EVERY_SECONDS, signal));
};

export type { FleetHealthTools };
export { keepFleetHealth };
