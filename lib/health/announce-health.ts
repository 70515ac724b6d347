import type { AuditAction } from '../audit/audit-actions.ts';
import type { NewAuditRow } from '../audit/audit-row.ts';
import { throwCollected } from '../collected-errors.ts';
import type { NewEvent } from '../events/publisher.ts';
import { derivedId } from '../ids.ts';
import { runLimited } from '../run-limited.ts';
import type { NextBrake } from './brake.ts';
import type { EvaluatedNode } from './evaluate-nodes.ts';
import type { FleetHealth } from './fleet-health.ts';
import type { Evaluation } from './fleet-health-store.ts';
import type { NextPause } from './pause.ts';
import type { ScorePorts } from './score-ports.ts';
import { isTold } from './settle-node-health.ts';

/** A change of an item, as an event and as an audit row. */
interface Change {
  readonly event: NewEvent;
  readonly subject: string;
  readonly action: AuditAction;
  readonly reason: string;
}

type Told = Evaluation['told'];

interface Changes {
  /** Those whose items have the health. */
  readonly nodes: readonly EvaluatedNode[];
  readonly brake: NextBrake | undefined;
  readonly pause: NextPause;
  readonly fleet: FleetHealth;
}

const PARALLEL_WRITES = 16;

const nodeChange = ({ node, health }: EvaluatedNode): Change[] =>
  isTold(health)
    ? [
        {
          subject: `node:${node.nodeId}`,
          action: 'change-node-health',
          reason: health.reasons.join(', '),
          event: {
            name: 'NodeHealthChanged',
            eventId: derivedId('e', 'NodeHealthChanged', node.nodeId, health.since, health.state),
            occurredAt: health.since,
            fields: {
              nodeId: node.nodeId,
              provider: node.provider,
              from: health.from,
              to: health.state,
              reasons: health.reasons,
              ...(node.heartbeatAt === undefined ? {} : { heartbeatAt: node.heartbeatAt }),
            },
          },
        },
      ]
    : [];

const brakeChange = ({ since, changed, expected }: NextBrake): Change[] =>
  since === undefined
    ? []
    : [
        {
          subject: 'brake:fleet',
          action: 'suspect-observer',
          reason: 'mass-failure',
          event: {
            name: 'ObserverSuspected',
            eventId: derivedId('e', 'ObserverSuspected', since),
            occurredAt: since,
            fields: { changed, expected },
          },
        },
      ];

const pauseChange = (pause: NextPause, { score }: FleetHealth): Change[] => {
  const scored = score === undefined ? {} : { score };
  const { pausedAt, resumedAt, reasons } = pause;
  if (pausedAt === undefined) return [];
  if (pause.state !== 'running') {
    return [
      {
        subject: 'pipeline',
        action: 'pause-pipeline',
        reason: reasons.join('; '),
        event: {
          name: 'PipelinePaused',
          eventId: derivedId('e', 'PipelinePaused', pausedAt),
          occurredAt: pausedAt,
          fields: { reasons, ...scored },
        },
      },
    ];
  }
  return resumedAt === undefined
    ? []
    : [
        {
          subject: 'pipeline',
          action: 'resume-pipeline',
          reason: 'conditions-held-twice',
          event: {
            name: 'PipelineResumed',
            eventId: derivedId('e', 'PipelineResumed', resumedAt),
            occurredAt: resumedAt,
            fields: { pausedAt, ...scored },
          },
        },
      ];
};

const levelChange = (fleet: FleetHealth, told: Told | undefined): Change[] =>
  told === undefined || told.level === fleet.level
    ? []
    : [
        {
          subject: 'system',
          action: 'change-system-health',
          reason: fleet.level,
          event: {
            name: 'SystemHealthChanged',
            // Until it is told, a repeat starts from the same time, and so has the same id.
            eventId: derivedId('e', 'SystemHealthChanged', told.until, fleet.level),
            occurredAt: fleet.asOf,
            fields: {
              from: told.level,
              to: fleet.level,
              ...(fleet.score === undefined ? {} : { score: fleet.score }),
              explanation: fleet.components.map(({ explanation }) => explanation),
            },
          },
        },
      ];

const auditRow = ({ event, subject, action, reason }: Change, actor: string): NewAuditRow => ({
  auditId: event.eventId,
  subject,
  at: event.occurredAt,
  actor,
  action,
  reason,
  evidence: { ...event.fields },
});

/**
 * Tells everything that changed since it was told last: what a crash swallowed is told by the next evaluation, with the same ids.
 * @returns the number of events
 */
const announceHealth = async (
  ports: Pick<ScorePorts, 'audit' | 'publisher' | 'actor'>,
  { nodes, brake, pause, fleet }: Changes,
  told: Told | undefined,
): Promise<number> => {
  const changes = [
    ...nodes.flatMap(nodeChange),
    ...(brake?.on === true ? brakeChange(brake) : []),
    ...pauseChange(pause, fleet),
  ].filter(({ event }) => told === undefined || event.occurredAt > told.until);
  changes.push(...levelChange(fleet, told));
  const errors = await runLimited(changes, PARALLEL_WRITES, (change) =>
    ports.audit.record(auditRow(change, ports.actor)),
  );
  throwCollected(errors, 'changes of health have no audit row');
  await ports.publisher.publish(changes.map(({ event }) => event));
  return changes.length;
};

export { announceHealth };
