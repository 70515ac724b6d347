import type { FleetConfig } from '../lib/config/fleet-config.ts';
import { TransientError } from '../lib/errors.ts';
import { decideRecount } from '../lib/replication/decide-recount.ts';
import { recount } from '../lib/replication/recount.ts';
import type { Session } from './context.ts';

/**
 * Holds all artifacts against a configuration that was just applied, when it wants other copies than the one before.
 * @throws TransientError when that could not be done: the configuration holds all the same
 */
const recountArtifacts = async (session: Session, { replication }: FleetConfig): Promise<void> => {
  const { stores } = await session.connect();
  if (decideRecount(replication, await stores.replication.recounted()).action !== 'recount') return;
  try {
    const { marked } = await recount(
      { artifacts: stores.artifacts, records: stores.replication, clock: session.io.clock },
      replication,
    );
    session.screen.note(`Artifacts that are looked at for the copies that are wanted now: ${marked}.`);
  } catch (error) {
    throw new TransientError(
      'the configuration holds, but not all artifacts were held against it: run npx drover replication recount',
      { cause: error },
    );
  }
};

export { recountArtifacts };
