/** Where data stops, by how full a disk is, in percent (sync 1.4): one table, because 53 literals were three incidents (sync L4). */
const DISK_TIERS = { receive: 70, produce: 93, emergency: 96 } as const;

/** `open`: takes data. `full`: is sent none. `stop-producing`: should make none. `emergency`: nothing more is to be written. */
type DiskTier = 'open' | 'full' | 'stop-producing' | 'emergency' | 'unknown';

/** A disk at exactly a limit is past it. @param receivePercent where a node stops being sent data */
const diskTierOf = (usedPercent: number | undefined, receivePercent: number): DiskTier => {
  if (usedPercent === undefined) return 'unknown';
  if (usedPercent >= DISK_TIERS.emergency) return 'emergency';
  if (usedPercent >= DISK_TIERS.produce) return 'stop-producing';
  return usedPercent >= receivePercent ? 'full' : 'open';
};

export type { DiskTier };
export { DISK_TIERS, diskTierOf };
