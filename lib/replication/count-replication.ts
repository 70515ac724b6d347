import type { MarkCounts } from '../artifacts/replica-mark.ts';
import { throwCollected } from '../collected-errors.ts';
import { derivedId } from '../ids.ts';
import type { Node } from '../nodes/node.ts';
import { runLimited } from '../run-limited.ts';
import { addSeconds, secondsSince, toTimestamp } from '../time.ts';
import { decideAlerts } from './decide-alerts.ts';
import { decideRecount, type RecountDecision } from './decide-recount.ts';
import type { RepairPorts } from './repair-ports.ts';
import type { ReplicationConfig } from './replication-config.ts';
import { repairPolicyOf, targetsOf } from './replication-policy.ts';
import type { NextReport } from './replication-report.ts';
import { endedRepairs, replicationScore } from './replication-score.ts';
import { tellLost } from './tell-lost.ts';

/** Far behind every time at which an artifact can be due. */
const HORIZON_SECONDS = 30 * 86_400;
const MAX_BACKLOG = 1000;
const MAX_LOST = 1000;
const PARALLEL_TELLS = 8;

type CountPorts = Pick<RepairPorts, 'artifacts' | 'records' | 'publisher' | 'audit' | 'clock' | 'actor'>;

interface FullCount {
  readonly report: NextReport;
  /** How long the artifact that waits longest has been below its minimum; 0 when none is. */
  readonly backlogSeconds: number;
  /** Losses of earlier cycles that a crash kept from being told. */
  readonly toldLate: number;
}

const isPersistent = ({ lifecycle, revokedAt, capabilities }: Node): boolean =>
  lifecycle === 'active' && revokedAt === undefined && !capabilities.ephemeral;

/** Those that were lost, but a crash kept it from being told; and those of which a copy turned up that nobody looked at. */
const mendLost = async (ports: CountPorts): Promise<number> => {
  let told = 0;
  const lost = await ports.artifacts.listLost(MAX_LOST);
  const errors = await runLimited(lost, PARALLEL_TELLS, async ({ artifact, mark, replicaRevision }) => {
    if (artifact.storeReplica !== undefined || artifact.replicaNodeIds.length > 0) {
      await ports.artifacts.markChanged(artifact.artifactId);
      return;
    }
    if (mark === undefined || mark.toldAt !== undefined) return;
    await tellLost(ports, artifact, replicaRevision, mark);
    told += 1;
  });
  throwCollected(errors, 'not every lost artifact could be told');
  return told;
};

const backlogSeconds = async ({ artifacts }: CountPorts, counts: MarkCounts, now: Date): Promise<number> => {
  if (counts.under === 0) return 0;
  const waiting = await artifacts.listDue('under', addSeconds(now, HORIZON_SECONDS), MAX_BACKLOG);
  return Math.max(
    0,
    ...waiting.map(({ mark }) => (mark?.since === undefined ? 0 : secondsSince(mark.since, now))),
  );
};

/** What nobody has to recount for is noted, so that the next change is compared with it. */
const lookAtSettings = async (
  { records, clock }: CountPorts,
  config: ReplicationConfig,
): Promise<RecountDecision> => {
  const recounted = await records.recounted();
  const decision = decideRecount(config, recounted);
  const { copies } = decision.evidence;
  if (decision.action === 'note')
    await records.putRecounted({ copies, at: toTimestamp(clock.now()) }, recounted?.revision);
  return decision;
};

/** Adds to the total of the last count, which stands until the next one. False when nobody counted yet, or just now. */
const addToTotal = async ({ records }: Pick<CountPorts, 'records'>, counted: number): Promise<boolean> => {
  const before = await records.report();
  if (before === undefined) return false;
  const { revision, ...report } = before;
  return records.putReport({ ...report, total: report.total + counted }, revision);
};

/**
 * Counts what the index of the under-replicated holds, scores it, and raises alerts. Told before the report is written: a crash between
 * repeats them under the same ids.
 * @param counted artifacts that this cycle looked at for the first time
 */
const countReplication = async (
  ports: CountPorts,
  config: ReplicationConfig,
  nodes: readonly Node[],
  counted: number,
): Promise<FullCount> => {
  const toldLate = await mendLost(ports);
  const now = ports.clock.now();
  const [counts, ledger, before, settings] = await Promise.all([
    ports.artifacts.countMarks(),
    ports.records.ledger(),
    ports.records.report(),
    lookAtSettings(ports, config),
  ]);
  const total = (before?.total ?? 0) + counted;
  const { active, tell } = decideAlerts(
    {
      counts,
      persistentNodes: nodes.filter(isPersistent).length,
      targets: targetsOf(config),
      isRecountDue: settings.action === 'recount',
      active: before?.alerts ?? [],
    },
    repairPolicyOf(config),
    now,
  );
  await ports.publisher.publish(
    tell.map(({ kind, severity, count, since, message, toldAt }) => ({
      name: 'ReplicationAlert',
      eventId: derivedId('e', 'ReplicationAlert', kind, since, toldAt),
      occurredAt: toldAt,
      fields: { kind, severity, count, since, message },
    })),
  );
  const score = replicationScore(counts, total, endedRepairs(ledger));
  const report: NextReport = { countedAt: toTimestamp(now), total, ...counts, score, alerts: [...active] };
  await ports.records.putReport(report, before?.revision);
  return { report, toldLate, backlogSeconds: await backlogSeconds(ports, counts, now) };
};

export type { FullCount };
export { addToTotal, countReplication };
