import { type FailureClass, permanentFailures } from '../commands/command-result.ts';
import { assertNever } from '../errors.ts';
import type { StageRun } from './decide-circuit.ts';
import type { OutcomeEvent } from './outcome-event.ts';

/** What one event means for the health of the system. */
type Outcome =
  /** Something failed for good. `component` and `type` are what errors are counted by. */
  | { readonly kind: 'error'; readonly component: string; readonly type: string }
  /** Something that had failed was tried again, and that ended. */
  | { readonly kind: 'recovery'; readonly succeeded: boolean }
  | ({ readonly kind: 'stage-run' } & StageRun);

/** Deliveries that ended because somebody meant to end them, or their node. */
const DELIBERATE: ReadonlySet<FailureClass> = new Set<FailureClass>(['draining', 'node-gone', 'interrupted']);

const stageOutcomes = (
  stage: StageRun['stage'],
  { eventId, occurredAt }: OutcomeEvent,
  ended: StageRun['ended'],
  message?: string,
): Outcome[] => [
  { kind: 'stage-run', stage, ended, eventId, occurredAt, message },
  ...(ended === 'failed' ? [{ kind: 'error', component: stage, type: 'failed' } as const] : []),
];

const deliveryOutcomes = ({
  final,
  attempt,
  failureClass,
}: Extract<OutcomeEvent, { name: 'DeliveryFailed' }>['fields']): Outcome[] => {
  if (!final || DELIBERATE.has(failureClass)) return [];
  const retried = attempt > 1 && !permanentFailures.has(failureClass);
  return [
    { kind: 'error', component: 'distribution', type: failureClass },
    ...(retried ? [{ kind: 'recovery', succeeded: false } as const] : []),
  ];
};

/** What an event means: only what failed for good is an error, whatever it is called; a notice never is. Pure. */
const outcomesOf = (event: OutcomeEvent): Outcome[] => {
  switch (event.name) {
    case 'TrainingFailed':
      return stageOutcomes('training', event, 'failed', event.fields.message);
    case 'TrainingCompleted':
      return stageOutcomes('training', event, 'completed');
    case 'EvaluationFailed':
      return stageOutcomes('evaluation', event, 'failed', event.fields.message);
    case 'EvaluationCompleted':
      return stageOutcomes('evaluation', event, 'completed');
    case 'PromotionFailed':
      return stageOutcomes('promotion', event, 'failed', event.fields.message);
    case 'ModelPromoted':
      return stageOutcomes('promotion', event, 'completed');
    case 'DeliveryFailed':
      return deliveryOutcomes(event.fields);
    case 'DeliveryVerified':
      return event.fields.attempt > 1 ? [{ kind: 'recovery', succeeded: true }] : [];
    case 'DistributionIncomplete':
      return [{ kind: 'error', component: 'distribution', type: 'incomplete' }];
    case 'ProviderListingStale':
      return [{ kind: 'error', component: `provider:${event.fields.provider}`, type: event.fields.kind }];
    case 'WorkSucceeded':
      return event.fields.attempt > 1 ? [{ kind: 'recovery', succeeded: true }] : [];
    case 'WorkFailed':
      return [
        { kind: 'error', component: 'work', type: event.fields.failureClass },
        ...(event.fields.attempts > 1 ? [{ kind: 'recovery', succeeded: false } as const] : []),
      ];
    case 'ReplicationAlert':
      // Of a target that nobody can meet, and of what is lost, somebody else speaks.
      return event.fields.severity === 'critical' && event.fields.kind !== 'lost'
        ? [{ kind: 'error', component: 'replication', type: event.fields.kind }]
        : [];
    case 'ArtifactLost':
      return [{ kind: 'error', component: 'replication', type: 'artifact-lost' }];
    default:
      return assertNever(event);
  }
};

export type { Outcome };
export { outcomesOf };
