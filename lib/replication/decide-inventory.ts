import { addSeconds, toTimestamp } from '../time.ts';

interface InventorySnapshot {
  /** What the node listed last, and when. */
  readonly listed: ReadonlySet<string>;
  readonly inventoryAt: string;
  /** Registered artifacts of the list and of the ledger, and whether META knows the node to hold them. */
  readonly known: ReadonlyMap<string, { readonly isHolder: boolean }>;
  /** Deliveries of the node that ended as verified, and when. */
  readonly verifiedAt: ReadonlyMap<string, string>;
}

type InventoryReason =
  /** The node lists a copy that META does not know. */
  | 'copy-not-counted'
  /** META counts a copy that two inventories lack. */
  | 'copy-not-listed'
  /** META counts a copy that came after the inventories began: the next ones tell. */
  | 'copy-too-young'
  /** A file that no artifact is registered for: it is offered to people, who can claim it. */
  | 'orphan';

interface InventoryFinding {
  readonly artifactId: string;
  readonly action: 'add' | 'drop' | 'wait' | 'offer';
  readonly reason: InventoryReason;
}

/** Two inventories, which agents take every 600 s. */
const TWO_INVENTORIES_SECONDS = 1200;

/** What a node lists against what the ledger says of it, both ways; what agrees is not named. Pure. */
const decideInventory = ({
  listed,
  inventoryAt,
  known,
  verifiedAt,
}: InventorySnapshot): InventoryFinding[] => {
  const oldEnough = toTimestamp(addSeconds(new Date(inventoryAt), -TWO_INVENTORIES_SECONDS));
  const findings: InventoryFinding[] = [];
  for (const artifactId of listed) {
    const artifact = known.get(artifactId);
    if (artifact === undefined) findings.push({ artifactId, action: 'offer', reason: 'orphan' });
    else if (!artifact.isHolder) findings.push({ artifactId, action: 'add', reason: 'copy-not-counted' });
  }
  for (const [artifactId, at] of verifiedAt) {
    if (listed.has(artifactId) || known.get(artifactId)?.isHolder !== true) continue;
    findings.push(
      at <= oldEnough
        ? { artifactId, action: 'drop', reason: 'copy-not-listed' }
        : { artifactId, action: 'wait', reason: 'copy-too-young' },
    );
  }
  return findings.sort((a, b) => a.artifactId.localeCompare(b.artifactId));
};

export type { InventoryFinding, InventoryReason, InventorySnapshot };
export { decideInventory };
