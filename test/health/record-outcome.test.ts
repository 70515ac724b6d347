import { describe, expect, it } from 'vitest';
import { FUNCTIONS } from '../../lib/constants.ts';
import { eventsConsumedBy } from '../../lib/events/catalogue.ts';
import { createMemorySeenEvents } from '../../lib/events/memory-seen-events.ts';
import { resolveHealthPolicy } from '../../lib/health/health-policy.ts';
import { createMemoryOutcomeStore } from '../../lib/health/memory-outcome-store.ts';
import { type OutcomeEvent, outcomeEventSchema } from '../../lib/health/outcome-event.ts';
import { recordOutcome } from '../../lib/health/record-outcome.ts';
import { at, atText, createTestClock, NODE_ID } from '../nodes/fixtures.ts';

const policy = resolveHealthPolicy({});
const artifactId = 'a'.repeat(64);
const delivery = { artifactId, nodeId: NODE_ID, attempt: 1 };
const failedDelivery = { ...delivery, failureClass: 'stalled', message: 'slow', final: true };

const prepare = () => {
  const outcomes = createMemoryOutcomeStore();
  const clock = createTestClock();
  const ports = {
    outcomes,
    seen: createMemorySeenEvents(clock),
    clock,
    actor: 'record-outcomes',
  };
  const send = (name: string, fields: object, eventId = `e-${name}`, second = 0) => {
    const event: OutcomeEvent = outcomeEventSchema.parse({
      name,
      eventId,
      occurredAt: atText(second),
      fields,
    });
    return recordOutcome(ports, event, policy, at(second));
  };
  return { outcomes, send };
};

describe('recordOutcome', () => {
  it('handles every event that the catalogue gives it [health-and-idle#7-i]', () => {
    const handled = outcomeEventSchema.options.map(({ shape }) => shape.name.value);
    expect(handled.toSorted()).toEqual(eventsConsumedBy(FUNCTIONS.recordOutcomes).toSorted());
  });

  it.each([
    ['training', 'TrainingFailed', 'TrainingCompleted', { runId: 'r' }],
    ['evaluation', 'EvaluationFailed', 'EvaluationCompleted', { runId: 'r' }],
    ['promotion', 'PromotionFailed', 'ModelPromoted', { artifactId }],
  ] as const)(
    'feeds the circuit of %s: %s opens it, %s closes it [health-and-idle#4.6-3]',
    async (stage, failed, completed, fields) => {
      const { outcomes, send } = prepare();
      for (let index = 0; index < 5; index += 1) await send(failed, { runId: 'r' }, `e-${index}`, index);
      expect(await outcomes.getCircuit(stage)).toMatchObject({ failures: 5, openedAt: expect.any(String) });
      await send(completed, fields, 'e-done', 10);
      expect(await outcomes.getCircuit(stage)).toMatchObject({ failures: 0 });
      expect((await outcomes.getCircuit(stage))?.openedAt).toBeUndefined();
    },
  );

  it('counts one failed run as one error and one failure, also when it comes twice [health-and-idle#4.6-1]', async () => {
    const { outcomes, send } = prepare();
    await send('TrainingFailed', { runId: 'r' });
    await send('TrainingFailed', { runId: 'r' }, 'e-TrainingFailed', 90);
    expect(await outcomes.listErrors(at(0))).toEqual([
      { component: 'training', type: 'failed', at: atText(0) },
    ]);
    expect(await outcomes.getCircuit('training')).toMatchObject({ failures: 1 });
  });

  it.each([
    ['DeliveryFailed', failedDelivery, ['distribution stalled']],
    ['DeliveryFailed', { ...failedDelivery, final: false }, []],
    // Somebody meant to end it.
    ['DeliveryFailed', { ...failedDelivery, failureClass: 'node-gone' }, []],
    ['DeliveryFailed', { ...failedDelivery, failureClass: 'draining' }, []],
    ['DeliveryVerified', { ...delivery, bytes: 1, durationSeconds: 1 }, []],
    ['TrainingCompleted', { runId: 'r' }, []],
    [
      'ProviderListingStale',
      { provider: 'vast', kind: 'transient', message: 'down', failingSince: atText(0) },
      ['provider:vast transient'],
    ],
  ])(
    '%s %j: errors %j, and a notice is none [health-and-idle#4.6-2] [health-and-idle#14-19]',
    async (name, fields, errors) => {
      const { outcomes, send } = prepare();
      await send(name, fields);
      expect((await outcomes.listErrors(at(0))).map(({ component, type }) => `${component} ${type}`)).toEqual(
        errors,
      );
    },
  );

  it('takes a retried delivery that ended as an attempt to recover, each once, and one under way as none [health-and-idle#4.6-4] [health-and-idle#14-24]', async () => {
    const { outcomes, send } = prepare();
    const verified = { ...delivery, bytes: 1, durationSeconds: 1 };
    await send('DeliveryVerified', verified, 'e-first');
    await send('DeliveryFailed', { ...failedDelivery, final: false, attempt: 2 }, 'e-under-way');
    expect(await outcomes.listRecoveries(at(0))).toEqual([]);
    for (let copy = 0; copy < 2; copy += 1) {
      await send('DeliveryVerified', { ...verified, attempt: 2 }, 'e-mended');
      await send('DeliveryFailed', { ...failedDelivery, attempt: 3 }, 'e-given-up');
    }
    expect((await outcomes.listRecoveries(at(0))).map(({ succeeded }) => succeeded)).toEqual([true, false]);
  });

  const alert = { severity: 'critical', count: 600, since: atText(0), message: 'm' };
  const lost = { artifactId, kind: 'games', name: 'n', version: '1', bytes: 1, since: atText(0) };
  it.each([
    ['ArtifactLost', lost, 'artifact-lost'],
    ['ReplicationAlert', { ...alert, kind: 'single-copy' }, 'single-copy'],
    ['ReplicationAlert', { ...alert, kind: 'under-replicated' }, 'under-replicated'],
    // Each loss is an error already, and a target that is too high is nobody's failure.
    ['ReplicationAlert', { ...alert, kind: 'lost' }, undefined],
    ['ReplicationAlert', { ...alert, severity: 'warning', kind: 'target-beyond-fleet' }, undefined],
  ])('counts %s %o as the error %s', async (name, fields, type) => {
    const { outcomes, send } = prepare();
    await send(name, fields);
    expect(await outcomes.listErrors(at(-60))).toMatchObject(
      type === undefined ? [] : [{ component: 'replication', type }],
    );
  });
});
