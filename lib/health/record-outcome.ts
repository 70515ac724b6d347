import { assertNever, TransientError } from '../errors.ts';
import type { SeenEvents } from '../events/seen-events.ts';
import type { Clock } from '../time.ts';
import { decideCircuit, type StageRun } from './decide-circuit.ts';
import type { HealthPolicy } from './health-policy.ts';
import { type Outcome, outcomesOf } from './outcome.ts';
import type { OutcomeEvent } from './outcome-event.ts';
import type { OutcomeStore } from './outcome-store.ts';

interface OutcomePorts {
  readonly outcomes: Pick<OutcomeStore, 'recordError' | 'recordRecovery' | 'getCircuit' | 'putCircuit'>;
  readonly seen: SeenEvents;
  readonly clock: Clock;
  readonly actor: string;
}

const MAX_TRIES = 4;

const countRun = async (
  { outcomes, clock }: OutcomePorts,
  run: StageRun,
  policy: HealthPolicy['circuit'],
): Promise<void> => {
  for (let tries = 0; tries < MAX_TRIES; tries += 1) {
    const before = await outcomes.getCircuit(run.stage);
    const decision = decideCircuit(before, run, policy, clock.now());
    if (decision.action === 'ignore') return;
    if (await outcomes.putCircuit(decision.evidence, before?.revision)) return;
  }
  throw new TransientError(
    `the circuit of ${run.stage} changed ${MAX_TRIES} times meanwhile: the event comes back`,
  );
};

const record = async (
  ports: OutcomePorts,
  outcome: Outcome,
  { eventId }: OutcomeEvent,
  policy: HealthPolicy,
  sentAt: Date,
): Promise<void> => {
  switch (outcome.kind) {
    case 'error':
      return ports.outcomes.recordError(outcome.component, outcome.type, sentAt);
    case 'recovery':
      return ports.outcomes.recordRecovery(eventId, outcome.succeeded, sentAt);
    case 'stage-run':
      return countRun(ports, outcome, policy.circuit);
    default:
      return assertNever(outcome);
  }
};

/**
 * Takes what an event says about the health of the system. Each part can be done again to the same effect; what was done in full is
 * marked last, so that another copy of the event does nothing.
 * @param sentAt SQS's SentTimestamp: a redelivery falls into the same minute
 */
const recordOutcome = async (
  ports: OutcomePorts,
  event: OutcomeEvent,
  policy: HealthPolicy,
  sentAt: Date,
): Promise<void> => {
  const outcomes = outcomesOf(event);
  if (outcomes.length === 0 || (await ports.seen.wasSeen(ports.actor, event.eventId))) return;
  for (const outcome of outcomes) await record(ports, outcome, event, policy, sentAt);
  await ports.seen.markSeen(ports.actor, event.eventId);
};

export type { OutcomePorts };
export { recordOutcome };
