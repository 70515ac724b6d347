import type { NewAuditRow } from '../audit/audit-row.ts';
import { throwCollected } from '../collected-errors.ts';
import { runLimited } from '../run-limited.ts';
import { type HealthChange, type HealthState, healthChanges, type Told } from './health-changes.ts';
import type { ScorePorts } from './score-ports.ts';

const PARALLEL_WRITES = 16;

const auditRow = ({ event, ...change }: HealthChange, actor: string): NewAuditRow => ({
  auditId: event.eventId,
  at: event.occurredAt,
  actor,
  ...change,
  evidence: { ...event.fields },
});

/**
 * Tells everything that changed since it was told last, as audit rows and events: what a crash swallowed is told by the next evaluation,
 * with the same ids.
 */
const announceHealth = async (
  ports: Pick<ScorePorts, 'audit' | 'publisher' | 'actor'>,
  state: HealthState,
  told: Told | undefined,
): Promise<void> => {
  const changes = healthChanges(state, told);
  const errors = await runLimited(changes, PARALLEL_WRITES, (change) =>
    ports.audit.record(auditRow(change, ports.actor)),
  );
  throwCollected(errors, 'changes of health have no audit row');
  await ports.publisher.publish(changes.map(({ event }) => event));
};

export { announceHealth };
