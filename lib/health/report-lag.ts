import type { Node } from '../nodes/node.ts';
import { secondsSince } from '../time.ts';
import type { Reading } from './reading.ts';

/** Beats recorded longer ago say nothing about the queue now. */
const RECENT_SECONDS = 120;

/**
 * How long reports wait in their queue: the median of the beats that were recorded lately, so that one message that was tried again
 * does not speak for all. Undefined when none was recorded lately.
 */
const reportLagSeconds = (
  nodes: readonly Pick<Node, 'heartbeatAt' | 'heartbeatRecordedAt'>[],
  now: Date,
): number | undefined => {
  const lags = nodes
    .flatMap(({ heartbeatAt, heartbeatRecordedAt }) =>
      heartbeatAt === undefined ||
      heartbeatRecordedAt === undefined ||
      secondsSince(heartbeatRecordedAt, now) > RECENT_SECONDS
        ? []
        : [secondsSince(heartbeatAt, new Date(heartbeatRecordedAt))],
    )
    .sort((a, b) => a - b);
  return lags[Math.floor((lags.length - 1) / 2)];
};

/**
 * Whether silence may be the queue's and not the nodes': the reports that come are old, or none comes although some wait. How many wait
 * can be unknown, and then silence of all says nothing either.
 * @param waiting messages in the reports queue that nobody has taken
 */
const areReportsLate = (
  nodes: readonly Pick<Node, 'heartbeatAt' | 'heartbeatRecordedAt'>[],
  waiting: Reading<number>,
  lateSeconds: number,
  now: Date,
): boolean => {
  const lag = reportLagSeconds(nodes, now);
  if (lag !== undefined && lag > lateSeconds) return true;
  const isRecording = nodes.some(
    ({ heartbeatRecordedAt }) =>
      heartbeatRecordedAt !== undefined && secondsSince(heartbeatRecordedAt, now) <= lateSeconds,
  );
  return !isRecording && (!waiting.known || waiting.value > 0);
};

export { areReportsLate, reportLagSeconds };
