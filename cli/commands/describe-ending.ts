import { checkUnclaimed } from '../../lib/idle/check-idleness.ts';
import type { Node } from '../../lib/nodes/node.ts';
import { formatBytes } from '../output/bytes.ts';
import { formatTimestamp } from '../output/timestamp.ts';

type EndingKind = 'draining' | 'terminating' | 'shadow-drain' | 'unclaimed-data' | 'drain-ended';

/** One thing that brings a node's end about, or keeps it from it. */
interface Ending {
  readonly kind: EndingKind;
  /** For a column; empty: nothing that is going on now. */
  readonly short: string;
  readonly text: string;
}

const drainEnding = ({ lifecycle, drain }: Node): Ending[] => {
  if (lifecycle !== 'draining' || drain === undefined) return [];
  const acknowledged =
    drain.acknowledgedAt === undefined
      ? `not acknowledged (given up at ${formatTimestamp(drain.acknowledgeBy ?? drain.drainUntil)})`
      : `acknowledged ${formatTimestamp(drain.acknowledgedAt)}`;
  return [
    {
      kind: 'draining',
      short: drain.acknowledgedAt === undefined ? 'not acknowledged' : 'acknowledged',
      text: `drains since ${formatTimestamp(drain.startedAt)}: ${acknowledged}; the agent starts nothing until ${formatTimestamp(drain.drainUntil)}`,
    },
  ];
};

const terminationEnding = ({ lifecycle, termination }: Node): Ending[] => {
  if (lifecycle !== 'terminating' || termination === undefined) return [];
  const { requestedAt, attempts, lastOutcome, lastDetail, forcedBy, nextAttemptAt } = termination;
  const answer =
    lastOutcome === undefined
      ? ''
      : `, the last: ${lastOutcome}${lastDetail === undefined ? '' : ` (${lastDetail})`}`;
  return [
    {
      kind: 'terminating',
      short: `${attempts} requests${lastOutcome === undefined ? '' : `, ${lastOutcome}`}`,
      text: `terminating since ${formatTimestamp(requestedAt)}${forcedBy === undefined ? '' : `, forced by ${forcedBy}`}: ${attempts} requests${answer}; the next not before ${formatTimestamp(nextAttemptAt)}`,
    },
  ];
};

const shadowEnding = ({ shadowDrain }: Node): Ending[] => {
  if (shadowDrain === undefined) return [];
  const { startedAt, maturesAt, maturedAt } = shadowDrain;
  return [
    {
      kind: 'shadow-drain',
      short: maturedAt === undefined ? 'would drain' : 'would have ended',
      text:
        maturedAt === undefined
          ? `would drain since ${formatTimestamp(startedAt)} (observed only), and end after ${formatTimestamp(maturesAt)}`
          : `would have ended at ${formatTimestamp(maturedAt)} (observed only)`,
    },
  ];
};

const unclaimedEnding = (node: Node, now: Date): Ending[] => {
  const unclaimed = node.inventory?.unclaimed;
  const blocks = checkUnclaimed(node, now).some(
    ({ reason, verdict }) => reason === 'unclaimed-data' && verdict === 'block',
  );
  if (unclaimed === undefined || !blocks) return [];
  const files = `${unclaimed.count} unclaimed files (${formatBytes(unclaimed.bytes)})`;
  return [
    {
      kind: 'unclaimed-data',
      short: files,
      text: `kept for ${files}: put or ignore them, or \`drover nodes waive-data ${node.nodeId}\``,
    },
  ];
};

const endedEnding = ({ lifecycle, endedDrain }: Node): Ending[] =>
  lifecycle !== 'active' || endedDrain === undefined
    ? []
    : [
        {
          kind: 'drain-ended',
          short: '',
          text: `its last drain ended ${formatTimestamp(endedDrain.endedAt)}: ${endedDrain.reason}${endedDrain.blockers.length === 0 ? '' : ` (${endedDrain.blockers.join(', ')})`}`,
        },
      ];

/** What is going on with the node on its way out, by its own item. */
const describeEnding = (node: Node, now: Date): Ending[] => {
  const isLiving = node.lifecycle !== 'terminated' && node.lifecycle !== 'lost';
  return isLiving
    ? [
        ...terminationEnding(node),
        ...drainEnding(node),
        ...shadowEnding(node),
        ...unclaimedEnding(node, now),
        ...endedEnding(node),
      ]
    : [];
};

export type { Ending, EndingKind };
export { describeEnding };
