import type { Report } from '../../lib/nodes/report.ts';
import { MAX_LEFT_FILES } from '../../lib/nodes/termination-notice.ts';
import { orderLines } from './order-lines.ts';
import type { PutLine } from './put-line.ts';

type Notice = Extract<Report, { type: 'termination-notice' }>['notice'];

const MAX_PATH = 1024;

/** What is not in the store: its number and bytes, and as many of the files as fit, the most valuable first. */
const leftBehind = (lines: readonly PutLine[]): NonNullable<Notice['leftBehind']> => ({
  count: lines.length,
  bytes: lines.reduce((sum, { bytes }) => sum + bytes, 0),
  files: orderLines(lines, 'last-words')
    .slice(0, MAX_LEFT_FILES)
    .map(({ path, bytes, kind, name }) => ({ path: path.slice(-MAX_PATH), bytes, kind, name })),
});

export { leftBehind };
