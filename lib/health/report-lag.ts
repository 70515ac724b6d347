import type { Node } from '../nodes/node.ts';
import { secondsSince } from '../time.ts';

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

export { reportLagSeconds };
