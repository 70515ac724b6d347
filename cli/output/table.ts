import Table from 'cli-table3';

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

/** On a terminal: aligned columns. Piped: one header line and tab-separated fields, for `cut` and `awk`. */
const renderTable = (
  columns: readonly string[],
  rows: readonly (readonly string[])[],
  style: { terminal: boolean; heading: (text: string) => string },
): string => {
  if (!style.terminal)
    return [columns, ...rows]
      .map((row) => row.map((cell) => cell.replaceAll(/[\t\n]/g, ' ')).join('\t'))
      .join('\n');
  const table = new Table({
    head: columns.map(style.heading),
    chars: noBorders,
    style: { head: [], border: [], 'padding-left': 0, 'padding-right': 0 },
  });
  for (const row of rows) table.push([...row]);
  return table
    .toString()
    .split('\n')
    .map((line) => line.trimEnd())
    .join('\n');
};

export { renderTable };
