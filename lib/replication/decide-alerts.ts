import type { MarkCounts } from '../artifacts/replica-mark.ts';
import { addSeconds, toTimestamp } from '../time.ts';
import type { CopiesPolicy, RepairPolicy } from './replication-policy.ts';
import type { ReplicationAlert } from './replication-report.ts';

interface AlertSnapshot {
  readonly counts: Pick<MarkCounts, 'under' | 'lost' | 'single'>;
  /** Persistent nodes that work: no artifact can be on more of them. */
  readonly persistentNodes: number;
  /** Every target that the configuration names. */
  readonly targets: readonly CopiesPolicy[];
  /** Artifacts that nobody looks at may lack copies since the settings changed. */
  readonly isRecountDue: boolean;
  /** As the last count left them. */
  readonly active: readonly ReplicationAlert[];
}

type Condition = Pick<ReplicationAlert, 'kind' | 'severity' | 'message' | 'count'>;

const conditionsOf = (
  { counts, persistentNodes, targets, isRecountDue }: AlertSnapshot,
  policy: RepairPolicy,
): Condition[] => {
  const conditions: Condition[] = [];
  const { lost, single, under } = counts;
  if (lost > 0)
    conditions.push({
      kind: 'lost',
      severity: 'critical',
      count: lost,
      message: `${lost} artifacts have no copy left`,
    });
  if (single >= policy.emergencySingleCopies)
    conditions.push({
      kind: 'single-copy',
      severity: 'critical',
      count: single,
      message: `${single} artifacts below their minimum have one copy`,
    });
  if (under + lost >= policy.emergencyUnder)
    conditions.push({
      kind: 'under-replicated',
      severity: 'critical',
      count: under + lost,
      message: `${under + lost} artifacts have fewer copies than make them durable`,
    });
  const beyond = targets.filter(({ targetNodeCopies }) => targetNodeCopies > persistentNodes);
  if (beyond.length > 0) {
    const missing = Math.max(...beyond.map(({ targetNodeCopies }) => targetNodeCopies)) - persistentNodes;
    conditions.push({
      kind: 'target-beyond-fleet',
      severity: 'warning',
      count: missing,
      message: `${beyond.map(({ from, targetNodeCopies }) => `${from} wants ${targetNodeCopies} nodes`).join(', ')}, but ${persistentNodes} persistent nodes work: lower it in fleet.yaml, or add nodes`,
    });
  }
  if (isRecountDue)
    conditions.push({
      kind: 'not-recounted',
      severity: 'warning',
      count: 1,
      message:
        'fleet.yaml wants other copies than those that all artifacts were held against: run npx drover replication recount',
    });
  return conditions;
};

interface AlertDecision {
  /** All that hold now. */
  readonly active: readonly ReplicationAlert[];
  /** Those of them that are told now: new ones, and emergencies again after their cooldown. */
  readonly tell: readonly ReplicationAlert[];
}

/** One alert for each condition, however many artifacts it is about; a warning is told once while it lasts. Pure. */
const decideAlerts = (snapshot: AlertSnapshot, policy: RepairPolicy, now: Date): AlertDecision => {
  const at = toTimestamp(now);
  const again = toTimestamp(addSeconds(now, -policy.alertCooldownSeconds));
  const active = conditionsOf(snapshot, policy).map((condition): ReplicationAlert => {
    const before = snapshot.active.find(({ kind }) => kind === condition.kind);
    if (before === undefined) return { ...condition, since: at, toldAt: at };
    const isDue = condition.severity === 'critical' && before.toldAt <= again;
    return { ...condition, since: before.since, toldAt: isDue ? at : before.toldAt };
  });
  return { active, tell: active.filter(({ toldAt }) => toldAt === at) };
};

export type { AlertSnapshot };
export { decideAlerts };
