import { describe, expect, it } from 'vitest';
import { findDeadLetterQueue } from '../../cli/dead-letters.ts';
import { UsageError } from '../../cli/exit.ts';
import { sourceQueueOf } from '../../cli/redrive.ts';
import { QUEUES } from '../../lib/constants.ts';
import { PermanentError } from '../../lib/errors.ts';

const source = (queue: string, body = '{}', attributes = {}): string =>
  sourceQueueOf('test', findDeadLetterQueue('test', queue), { body, attributes });

describe('sourceQueueOf', () => {
  it.each([
    ['ingest', '{}', {}, 'drover-test-ingest'],
    ['distribution-dlq', '{}', {}, 'drover-test-distribution'],
    ['outcomes', '{}', {}, 'drover-test-outcomes'],
    ['ratings', '{}', {}, 'drover-test-ratings'],
    ['work', '{}', {}, 'drover-test-work'],
    ['sync', '{}', {}, 'drover-test-sync'],
    ['drover-test-node-dlq', '{"nodeId":"n-0123456789ab"}', {}, 'drover-test-node-n-0123456789ab'],
    [
      'targets',
      '{}',
      { TARGET_ARN: 'arn:aws:sqs:us-east-1:000000000000:drover-test-ingest' },
      'drover-test-ingest',
    ],
  ])('sends a message of %s back where it came from', (queue, body, attributes, expected) => {
    expect(source(queue, body, attributes)).toBe(expected);
  });

  it.each([
    ['a command without a node', 'node', 'not json', {}, /names no node/],
    [
      'an event for a function',
      'targets',
      '{}',
      { TARGET_ARN: 'arn:aws:lambda:us-east-1:000000000000:function:x' },
      /is no queue/,
    ],
    ['an event without its target', 'targets', '{}', {}, /not written down/],
  ])('refuses %s', (_title, queue, body, attributes, message) => {
    expect(() => source(queue, body, attributes)).toThrow(PermanentError);
    expect(() => source(queue, body, attributes)).toThrow(message);
  });
});

describe('findDeadLetterQueue', () => {
  it('lists the names when there is none', () => {
    const names = [...Object.values(QUEUES), 'node', 'targets'];
    expect(() => findDeadLetterQueue('test', 'works')).toThrow(UsageError);
    for (const name of names) expect(() => findDeadLetterQueue('test', 'works')).toThrow(name);
  });
});
