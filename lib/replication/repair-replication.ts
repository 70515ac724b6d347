import { throwCollected } from '../collected-errors.ts';
import { type DistributionPolicy, distributionPolicySchema } from '../distribution/policy.ts';
import { listFleet } from '../nodes/list-fleet.ts';
import { type Applied, applyDecisions } from './apply-decisions.ts';
import { addToTotal, countReplication, type FullCount } from './count-replication.ts';
import type { Ended } from './decide-budget.ts';
import { decideRepair, type RepairSnapshot, type ReplicationRules } from './decide-repair.ts';
import { dropEndedHolders } from './drop-ended-holders.ts';
import { type Reconciled, reconcileInventories } from './reconcile-inventory.ts';
import type { RepairPorts } from './repair-ports.ts';
import type { RepairDecision, RepairReason } from './repair-reasons.ts';
import type { ReplicationConfig } from './replication-config.ts';
import { copiesPolicyOf, repairPolicyOf } from './replication-policy.ts';
import { settleRepairs } from './settle-repairs.ts';
import { spareDeliveries } from './spare-deliveries.ts';
import { presentLifecycles, type WriteOffs, writeOffNodes } from './write-off-nodes.ts';

/** So many artifacts are looked at in one cycle: what changed first, then what is due. A cycle must end within its minute. */
const CHANGED_PER_CYCLE = 5000;
const DUE_PER_CYCLE = 2000;

interface RepairCycle {
  readonly writtenOff: Omit<WriteOffs, 'failures'>;
  /** Nodes whose list was held against the ledger this minute. */
  readonly reconciled: Reconciled;
  readonly ended: readonly Ended[];
  readonly begun: number;
  readonly settled: number;
  readonly lost: number;
  readonly running: number;
  /** Of what was looked at. */
  readonly reasons: Partial<Record<RepairReason, number>>;
  /** Every fifth cycle, and the first that has anything to count. */
  readonly count: FullCount | undefined;
  readonly errors: readonly unknown[];
}

const defaultDistribution: DistributionPolicy = distributionPolicySchema.parse({});

/** The rules that the configuration makes. @param distribution what holds for transfers, and from when on a disk takes none */
const replicationRules = (
  config: ReplicationConfig,
  distribution: DistributionPolicy = defaultDistribution,
): ReplicationRules => ({
  repair: repairPolicyOf(config),
  copiesOf: (artifact) => copiesPolicyOf(config, artifact),
  distribution,
});

/** Who paused repair, and why. Holds that cannot be read pause nothing: a repair destroys nothing. */
const pausedBy = async ({
  holds,
  clock,
}: Pick<RepairPorts, 'holds' | 'clock'>): Promise<string | undefined> => {
  const hold = (await holds.listLive(clock.now())).find(({ kind }) => kind === 'no-repair');
  return hold === undefined ? undefined : `${hold.setBy} until ${hold.expiresAt}: ${hold.reason}`;
};

const tally = (decisions: readonly RepairDecision[]): Partial<Record<RepairReason, number>> => {
  const counts: Partial<Record<RepairReason, number>> = {};
  for (const { reason } of decisions) counts[reason] = (counts[reason] ?? 0) + 1;
  return counts;
};

/** What changed is classified first, so that the index says what is most urgent; then the most urgent are repaired. */
const repairDue = async (
  ports: RepairPorts,
  situation: Omit<RepairSnapshot, 'candidates' | 'ledger'>,
  rules: ReplicationRules,
): Promise<{ applied: Applied; decisions: RepairDecision[] }> => {
  const now = ports.clock.now();
  const changed = await ports.artifacts.listChanged(CHANGED_PER_CYCLE);
  const under = await ports.artifacts.listDue('under', now, DUE_PER_CYCLE);
  const short = await ports.artifacts.listDue('short', now, DUE_PER_CYCLE - under.length);
  const found = new Map([...changed, ...under, ...short].map((each) => [each.artifact.artifactId, each]));
  const dropped = await dropEndedHolders(ports, [...found.values()], situation, rules.repair);
  // Those are marked as changed, and looked at by the next cycle.
  const candidates = [...found.values()].filter(
    ({ artifact }) => !dropped.artifactIds.has(artifact.artifactId),
  );
  const ledger = await ports.records.ledger();
  const decisions: RepairDecision[] = [];
  for (const decision of decideRepair({ ...situation, candidates, ledger }, rules, now))
    decisions.push(await spareDeliveries(ports.deliveries, decision));
  const todos = candidates.flatMap((candidate, index) => {
    const decision = decisions[index];
    return decision === undefined ? [] : [{ candidate, decision }];
  });
  const applied = await applyDecisions(ports, todos, rules);
  applied.errors.push(...dropped.errors);
  return { applied, decisions };
};

/**
 * One cycle: what ended is settled, nodes that are gone are written off, what changed or is due is repaired. Nothing is scanned: it reads
 * the nodes, the ledger, and what the sparse index lists. Each step resumes from the items; an error in one does not keep the others
 * from being done.
 * @param full also counts, scores and raises alerts
 * @param distribution what holds for transfers, and from when on a disk takes none
 */
const repairReplication = async (
  ports: RepairPorts,
  config: ReplicationConfig,
  full: boolean,
  distribution?: DistributionPolicy,
): Promise<RepairCycle> => {
  const rules = replicationRules(config, distribution);
  const errors: unknown[] = [];
  const attempt = async <Result>(step: () => Promise<Result>, otherwise: Result): Promise<Result> => {
    try {
      return await step();
    } catch (error) {
      errors.push(error);
      return otherwise;
    }
  };
  const ended = await attempt(async () => settleRepairs(ports, await ports.records.ledger()), []);
  const nodes = await listFleet(ports.nodes, presentLifecycles);
  const brake = await ports.brakeState(ports.clock.now());
  const situation = { nodes, brake, pausedBy: await pausedBy(ports) };
  const { failures, ...writtenOff } = await attempt(
    () => writeOffNodes(ports, nodes, situation, rules.repair),
    {
      nodes: 0,
      copies: 0,
      unreadable: 0,
      failures: [],
    },
  );
  errors.push(...failures);
  const reconciled = await attempt(() => reconcileInventories(ports, nodes), {
    added: 0,
    dropped: 0,
    orphans: 0,
  });
  const { applied, decisions } = await repairDue(ports, situation, rules);
  errors.push(...applied.errors);
  const count = await attempt(async () => {
    const { counted } = applied;
    const isEnough = !full && (counted === 0 || (await addToTotal(ports, counted)));
    return isEnough ? undefined : countReplication(ports, config, nodes, counted);
  }, undefined);
  const running = Object.keys((await ports.records.ledger())?.running ?? {}).length;
  const { begun, settled, lost } = applied;
  return {
    writtenOff,
    reconciled,
    ended,
    begun,
    settled,
    lost,
    running,
    reasons: tally(decisions),
    count,
    errors,
  };
};

/** @throws TransientError naming what a cycle could not do */
const throwFailures = ({ errors }: RepairCycle): void =>
  throwCollected(errors, 'the cycle of repair is not complete; the next one goes on');

export type { RepairCycle };
export { pausedBy, repairReplication, replicationRules, throwFailures };
