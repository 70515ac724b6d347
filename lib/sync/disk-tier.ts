/** Where data stops, by how full a disk is, in percent. */
interface DiskTiers {
  readonly receive: number;
  readonly produce: number;
  readonly emergency: number;
}

/** Sync 1.4. One table, because 53 literals were three incidents (sync L4). */
const DISK_TIERS: DiskTiers = { receive: 70, produce: 93, emergency: 96 };

/** `open`: takes data. `full`: is chosen for none. `stop-producing`: begins nothing that fills it. `emergency`: only brings data away. */
type DiskTier = 'open' | 'full' | 'stop-producing' | 'emergency' | 'unknown';

/** A disk at exactly a limit is past it. */
const diskTierOf = (usedPercent: number | undefined, policy: DiskTiers): DiskTier => {
  if (usedPercent === undefined) return 'unknown';
  if (usedPercent >= policy.emergency) return 'emergency';
  if (usedPercent >= policy.produce) return 'stop-producing';
  return usedPercent >= policy.receive ? 'full' : 'open';
};

/** `be-chosen`: for a copy. `begin-pull`, `go-on-pulling`: fetch one. `flush`: bring what it has into the store, never held up by a disk. */
type DiskUse = 'be-chosen' | 'begin-pull' | 'go-on-pulling' | 'flush';

const ALLOWED: Readonly<Record<DiskTier, ReadonlySet<DiskUse>>> = {
  open: new Set(['be-chosen', 'begin-pull', 'go-on-pulling', 'flush']),
  full: new Set(['begin-pull', 'go-on-pulling', 'flush']),
  'stop-producing': new Set(['go-on-pulling', 'flush']),
  emergency: new Set(['flush']),
  // It was known when the node was chosen; what has room is found out by whoever writes.
  unknown: new Set(['begin-pull', 'go-on-pulling', 'flush']),
};

const allowsUse = (tier: DiskTier, use: DiskUse): boolean => ALLOWED[tier].has(use);

export type { DiskTier, DiskTiers, DiskUse };
export { allowsUse, DISK_TIERS, diskTierOf };
