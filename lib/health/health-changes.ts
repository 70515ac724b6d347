import type { AuditAction } from '../audit/audit-actions.ts';
import type { NewEvent } from '../events/publisher.ts';
import { derivedId } from '../ids.ts';
import type { NextBrake } from './brake.ts';
import type { EvaluatedNode } from './evaluate-nodes.ts';
import type { FleetHealth } from './fleet-health.ts';
import type { Evaluation } from './fleet-health-store.ts';
import type { NextPause } from './pause.ts';
import { isTold } from './settle-node-health.ts';

/** A change of an item, as an event and as an audit row. */
interface HealthChange {
  readonly event: NewEvent;
  readonly subject: string;
  readonly action: AuditAction;
  readonly reason: string;
  readonly before: Readonly<Record<string, unknown>>;
  readonly after: Readonly<Record<string, unknown>>;
}

type Told = Evaluation['told'];

interface HealthState {
  /** Those whose items have the health. */
  readonly nodes: readonly EvaluatedNode[];
  readonly brake: NextBrake | undefined;
  readonly pause: NextPause;
  readonly fleet: FleetHealth;
}

const nodeChange = ({ node, health }: EvaluatedNode): HealthChange[] =>
  isTold(health)
    ? [
        {
          subject: `node:${node.nodeId}`,
          action: 'change-node-health',
          reason: health.reasons.join(', '),
          before: { health: health.from },
          after: { health: health.state },
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

const brakeChange = ({ since, changed, expected }: NextBrake): HealthChange[] =>
  since === undefined
    ? []
    : [
        {
          subject: 'brake:fleet',
          action: 'suspect-observer',
          reason: 'mass-failure',
          before: { on: false },
          after: { on: true },
          event: {
            name: 'ObserverSuspected',
            eventId: derivedId('e', 'ObserverSuspected', since),
            occurredAt: since,
            fields: { changed, expected },
          },
        },
      ];

const pauseChange = (pause: NextPause, { score }: FleetHealth): HealthChange[] => {
  const scored = score === undefined ? {} : { score };
  const { pausedAt, resumedAt, reasons } = pause;
  if (pausedAt === undefined) return [];
  if (pause.state !== 'running') {
    return [
      {
        subject: 'pipeline',
        action: 'pause-pipeline',
        reason: reasons.join('; '),
        before: { state: 'running' },
        after: { state: 'paused' },
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
          before: { state: 'recovering' },
          after: { state: 'running' },
          event: {
            name: 'PipelineResumed',
            eventId: derivedId('e', 'PipelineResumed', resumedAt),
            occurredAt: resumedAt,
            fields: { pausedAt, ...scored },
          },
        },
      ];
};

const levelChange = (fleet: FleetHealth, told: Told | undefined): HealthChange[] =>
  told === undefined || told.level === fleet.level
    ? []
    : [
        {
          subject: 'system',
          action: 'change-system-health',
          reason: fleet.level,
          before: { level: told.level },
          after: { level: fleet.level },
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

/** Everything that changed since it was told last. Pure. */
const healthChanges = (
  { nodes, brake, pause, fleet }: HealthState,
  told: Told | undefined,
): HealthChange[] => [
  ...[
    ...nodes.flatMap(nodeChange),
    ...(brake?.on === true ? brakeChange(brake) : []),
    ...pauseChange(pause, fleet),
  ].filter(({ event }) => told === undefined || event.occurredAt > told.until),
  ...levelChange(fleet, told),
];

export type { HealthChange, HealthState, Told };
export { healthChanges };
