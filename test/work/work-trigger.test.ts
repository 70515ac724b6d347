import { describe, expect, it } from 'vitest';
import { FUNCTIONS } from '../../lib/constants.ts';
import { catalogue, eventsConsumedBy } from '../../lib/events/catalogue.ts';
import { knownEventSchema } from '../../lib/events/known-event.ts';
import { triggerOf } from '../../lib/work/work-trigger.ts';
import { atText } from '../nodes/fixtures.ts';
import { nodeIdOf, workIdOf } from './work-fixture.ts';

const fields = {
  workId: workIdOf(1),
  nodeId: nodeIdOf(1),
  jobType: 'selfplay',
  class: 'cpu',
  lane: 'normal',
  attempt: 1,
  attempts: 1,
  durationSeconds: 1,
  outputCount: 0,
  failureClass: 'transient',
  message: 'x',
  reason: 'draining',
  countsAsAttempt: false,
  provider: 'vast',
  from: 'unhealthy',
  to: 'healthy',
  reasons: [],
};
const event = (name: string) =>
  knownEventSchema.parse({ name, source: 'drover', eventId: 'e-1', occurredAt: atText(0), fields });

describe('triggerOf', () => {
  it.each(eventsConsumedBy(FUNCTIONS.dispatchWork))('takes %s, as the catalogue says', (name) => {
    const ends = ['WorkSucceeded', 'WorkFailed', 'WorkCancelled'].includes(name);
    expect(triggerOf(event(name))).toEqual(ends ? { endedWorkId: workIdOf(1) } : {});
  });

  it('takes no other', () => {
    expect(Object.keys(catalogue)).toContain('WorkStarted');
    expect(() => triggerOf(event('WorkStarted'))).toThrow('no event after which a node may take work');
  });
});
