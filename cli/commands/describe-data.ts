import { MAY_LOSE_MEANINGS } from '../../lib/idle/step-meanings.ts';
import type { MayLoseDecision } from '../../lib/nodes/decide-may-lose.ts';
import type { Node } from '../../lib/nodes/node.ts';
import { formatBytes } from '../output/bytes.ts';
import type { Screen } from '../output/screen.ts';
import { formatTimestamp } from '../output/timestamp.ts';

/** So many artifacts are named; --json has all. */
const NAMED_ARTIFACTS = 20;

const waiverLine = ({ dataWaiver }: Node, { isWaived }: MayLoseDecision): string[] => {
  if (dataWaiver === undefined) return [];
  const { count, bytes, waivedBy, expiresAt, reason } = dataWaiver;
  const what = `waiver of ${count} files (${formatBytes(bytes)}) by ${waivedBy} until ${formatTimestamp(expiresAt)}: ${reason}`;
  return [
    isWaived ? what : `${what} (covers nothing now: it ended, there are more files, or there are none)`,
  ];
};

/** What would be lost with a node, with paths and bytes. */
const describeData = (screen: Screen, node: Node, mayLose: MayLoseDecision | undefined): string[] => {
  if (mayLose === undefined) return [screen.warn('It could not be read what the node holds.')];
  const { safe, reasons, missingFromStore, unflushedBytes, unclaimed } = mayLose;
  const sample = unclaimed === 'unknown' ? [] : unclaimed.sample;
  return [
    safe
      ? screen.good('Nothing would be lost with it.')
      : screen.warn(`Data could be lost with it: ${reasons.join(', ')}.`),
    ...reasons.map((reason) => `  ${reason}: ${MAY_LOSE_MEANINGS[reason]}`),
    `  log not in the object store: ${unflushedBytes === 'unknown' ? 'unknown' : formatBytes(unflushedBytes)}`,
    `  unclaimed files: ${unclaimed === 'unknown' ? 'unknown' : `${unclaimed.count} (${formatBytes(unclaimed.bytes)})`}`,
    ...sample.map(({ path, bytes }) => `    ${formatBytes(bytes).padStart(7)}  ${path}`),
    ...(unclaimed !== 'unknown' && unclaimed.count > sample.length
      ? [`    and ${unclaimed.count - sample.length} smaller ones`]
      : []),
    ...(missingFromStore.length === 0
      ? []
      : [
          `  artifacts without a verified copy in the object store: ${missingFromStore.length}`,
          ...missingFromStore.slice(0, NAMED_ARTIFACTS).map((id) => `    ${id}`),
        ]),
    ...waiverLine(node, mayLose).map((line) => `  ${line}`),
  ];
};

export { describeData };
