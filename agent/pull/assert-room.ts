import { allowsUse, DISK_TIERS, type DiskUse, diskTierOf } from '../../lib/sync/disk-tier.ts';
import { CommandFailure } from '../commands/command-failure.ts';
import { readDisk } from '../disk/read-disk.ts';

/** What stays free beyond the file, for journals and everything else that lives on this disk. */
const RESERVE_BYTES = 64 * 1024 * 1024;

/**
 * Makes sure that the disk of this folder may be filled further. The control plane looks too, at what the last heartbeat said.
 * @throws CommandFailure `no-space`
 */
const assertRoom = async (
  folder: string,
  use: Extract<DiskUse, 'begin-pull' | 'go-on-pulling'>,
  missingBytes: number,
): Promise<void> => {
  const disk = await readDisk(folder);
  if (disk === undefined) return;
  const { freeBytes, usedPercent } = disk;
  const tier = diskTierOf(usedPercent, DISK_TIERS);
  if (!allowsUse(tier, use))
    throw new CommandFailure(
      'no-space',
      `this disk is ${usedPercent.toFixed(1)} % used: from ${DISK_TIERS.produce} % on no pull begins, from ${DISK_TIERS.emergency} % on none goes on. Make room on it`,
    );
  if (freeBytes < missingBytes + RESERVE_BYTES)
    throw new CommandFailure(
      'no-space',
      `${missingBytes} more bytes and a reserve of ${RESERVE_BYTES} are needed, ${freeBytes} are free: make room on this disk`,
    );
};

export { assertRoom };
