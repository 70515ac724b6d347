/** Where data stops, by how full a disk is, in percent. */
interface DiskTiers {
  readonly receive: number;
  readonly produce: number;
  readonly emergency: number;
}

/** Sync 1.4. One table, because 53 literals were three incidents (sync L4). */
const DISK_TIERS: DiskTiers = { receive: 70, produce: 93, emergency: 96 };

/** `open`: takes data. `full`: is sent none. `stop-producing`: should make none. `emergency`: nothing more is to be written. */
type DiskTier = 'open' | 'full' | 'stop-producing' | 'emergency' | 'unknown';

/** A disk at exactly a limit is past it. */
const diskTierOf = (usedPercent: number | undefined, policy: DiskTiers): DiskTier => {
  if (usedPercent === undefined) return 'unknown';
  if (usedPercent >= policy.emergency) return 'emergency';
  if (usedPercent >= policy.produce) return 'stop-producing';
  return usedPercent >= policy.receive ? 'full' : 'open';
};

export type { DiskTier, DiskTiers };
export { DISK_TIERS, diskTierOf };
