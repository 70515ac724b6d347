import { rename } from 'node:fs/promises';
import type { DataFolder } from '../disk/data-folder.ts';
import { writeFileAtomic } from '../disk/durable-file.ts';
import type { Log } from '../log.ts';
import type { Timing } from '../wait.ts';
import type { FetchFleetHealth } from './fetch-fleet-health.ts';

interface FleetHealthTools {
  readonly folder: Pick<DataFolder, 'fleetHealth' | 'nextFleetHealth'>;
  readonly fetch: FetchFleetHealth;
  readonly timing: Timing;
  readonly log: Log;
}

const EVERY_SECONDS = 60;
/** Every program on the machine may read it. */
const FILE_MODE = 0o644;

/**
 * Keeps `<data>/fleet-health.json` as the store has it, once a minute until `signal` aborts, so that a program on this node can ask
 * without credentials. What cannot be fetched stays as it is: the document itself says until when it is valid.
 */
const keepFleetHealth = async (tools: FleetHealthTools, signal: AbortSignal): Promise<void> => {
  const { folder, fetch, timing, log } = tools;
  let etag: string | undefined;
  do {
    try {
      const found = await fetch(etag);
      if (found === undefined) continue;
      await writeFileAtomic(folder.nextFleetHealth, found.text, FILE_MODE);
      await rename(folder.nextFleetHealth, folder.fleetHealth);
      etag = found.etag;
    } catch (error) {
      log.debug('how the fleet is could not be fetched; the file stays as it is', { error });
    }
  } while (await timing.wait(EVERY_SECONDS, signal));
};

export { keepFleetHealth };
