import type { MarkedArtifact, ReplicaMark } from '../artifacts/replica-mark.ts';
import type { DistributionPolicy } from '../distribution/policy.ts';
import { runLimited } from '../run-limited.ts';
import { beginRepair } from './begin-repair.ts';
import type { Ended } from './decide-budget.ts';
import type { RepairPorts } from './repair-ports.ts';
import type { RepairDecision } from './repair-reasons.ts';
import type { RepairPolicy } from './replication-policy.ts';
import { tellLost } from './tell-lost.ts';
import { beginRepairs, endRepairs } from './use-budget.ts';

interface Applied {
  begun: number;
  settled: number;
  lost: number;
  /** Artifacts that were looked at for the first time. */
  counted: number;
  readonly errors: unknown[];
}

const PARALLEL_WRITES = 32;

const isSameMark = (a: ReplicaMark | undefined, b: ReplicaMark | undefined): boolean =>
  a?.state === b?.state &&
  a?.copies === b?.copies &&
  a?.dueAt === b?.dueAt &&
  a?.pushBegun === b?.pushBegun &&
  a?.since === b?.since;

interface Todo {
  readonly candidate: MarkedArtifact;
  readonly decision: RepairDecision;
}

/** Writes the verdict, if the copies are still those that were looked at; else the next cycle looks again. */
const settle = async (
  ports: RepairPorts,
  { candidate, decision }: Todo,
  applied: Applied,
): Promise<boolean> => {
  if (isSameMark(candidate.mark, decision.mark) && !candidate.isUncounted) return true;
  const { artifactId, replicaRevision, mark } = decision;
  if (!(await ports.artifacts.settleMark(artifactId, replicaRevision, mark))) return false;
  if (candidate.isUncounted) applied.counted += 1;
  return true;
};

const settleOne = async (ports: RepairPorts, todo: Todo, applied: Applied): Promise<void> => {
  if (!(await settle(ports, todo, applied))) return;
  const { decision, candidate } = todo;
  if (decision.action === 'settle') applied.settled += 1;
  if (decision.action !== 'lose' || decision.mark === undefined) return;
  applied.lost += 1;
  await tellLost(ports, candidate.artifact, decision.replicaRevision + 1, decision.mark);
};

/** Claims the artifact by its mark, which holds the cooldown, and sets its repairs going. @returns those that were not begun */
const beginOne = async (
  ports: RepairPorts,
  todo: Todo,
  granted: ReadonlySet<string>,
  policy: DistributionPolicy,
  applied: Applied,
): Promise<Ended[]> => {
  const repairs = todo.decision.repairs.filter(({ repairId }) => granted.has(repairId));
  if (repairs.length === 0) return [];
  if (!(await settle(ports, todo, applied)))
    return repairs.map(({ repairId }) => ({ repairId, how: 'cancelled' }));
  const ended: Ended[] = [];
  for (const repair of repairs) {
    try {
      await beginRepair(ports, todo.candidate.artifact, repair, policy);
      applied.begun += 1;
    } catch (error) {
      applied.errors.push(error);
      ended.push({ repairId: repair.repairId, how: 'failed' });
    }
  }
  return ended;
};

/**
 * Does what was decided. The order of writes for a repair: its place in the ledger, the artifact's mark with the cooldown, then the command
 * or the delivery row. A crash after the first leaves a place that is freed at its deadline; after the second, an artifact that is repaired
 * after its cooldown.
 */
const applyDecisions = async (
  ports: RepairPorts,
  todos: readonly Todo[],
  policy: { readonly repair: RepairPolicy; readonly distribution: DistributionPolicy },
): Promise<Applied> => {
  const applied: Applied = { begun: 0, settled: 0, lost: 0, counted: 0, errors: [] };
  const others = todos.filter(({ decision }) => decision.repairs.length === 0);
  applied.errors.push(
    ...(await runLimited(others, PARALLEL_WRITES, (todo) => settleOne(ports, todo, applied))),
  );
  const wanted = todos.flatMap(({ decision }) => decision.repairs);
  if (wanted.length === 0) return applied;
  const { granted } = await beginRepairs(ports.records, wanted, policy.repair, ports.clock.now());
  const ids = new Set(granted.map(({ repairId }) => repairId));
  const ended: Ended[] = [];
  const begun = todos.filter(({ decision }) => decision.repairs.length > 0);
  const failures = await runLimited(begun, PARALLEL_WRITES, async (todo) => {
    ended.push(...(await beginOne(ports, todo, ids, policy.distribution, applied)));
  });
  applied.errors.push(...failures);
  if (ended.length > 0) await endRepairs(ports.records, ended, ports.clock.now());
  return applied;
};

export type { Applied };
export { applyDecisions };
