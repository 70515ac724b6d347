import Table from 'cli-table3';
import { formatTimestamp } from './timestamp.ts';

/** A line of dashes would say nothing more than the space does. */
const noBorders = {
  top: '',
  'top-mid': '',
  'top-left': '',
  'top-right': '',
  bottom: '',
  'bottom-mid': '',
  'bottom-left': '',
  'bottom-right': '',
  left: '',
  'left-mid': '',
  mid: '',
  'mid-mid': '',
  right: '',
  'right-mid': '',
  middle: '  ',
};

/** Tables are for people: the milliseconds of a timestamp say nothing to them, --json has them. */
const toCell = (text: string): string =>
  text.replaceAll(/\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z/g, formatTimestamp);

/** On a terminal: aligned columns. Piped: one header line and tab-separated fields, for `cut` and `awk`. */
const renderTable = (
  columns: readonly string[],
  rows: readonly (readonly string[])[],
  style: { terminal: boolean; heading: (text: string) => string },
): string => {
  if (!style.terminal)
    return [columns, ...rows]
      .map((row) => row.map((cell) => toCell(cell).replaceAll(/[\t\n]/g, ' ')).join('\t'))
      .join('\n');
  const table = new Table({
    head: columns.map(style.heading),
    chars: noBorders,
    style: { head: [], border: [], 'padding-left': 0, 'padding-right': 0 },
  });
  for (const row of rows) table.push(row.map(toCell));
  return table
    .toString()
    .split('\n')
    .map((line) => line.trimEnd())
    .join('\n');
};

export { renderTable };
