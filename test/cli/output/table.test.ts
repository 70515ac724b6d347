import { describe, expect, it } from 'vitest';
import { renderTable } from '../../../cli/output/table.ts';

const heading = (text: string): string => text;

describe('renderTable', () => {
  it('aligns columns on a terminal', () => {
    const text = renderTable(
      ['NODE', 'STATE'],
      [
        ['n-1', 'active'],
        ['n-long', 'lost'],
      ],
      { terminal: true, heading },
    );
    expect(text.split('\n')).toEqual(['NODE    STATE', 'n-1     active', 'n-long  lost']);
  });

  it.each([true, false])('leaves out milliseconds (terminal: %s)', (terminal) => {
    const rows = [['2026-11-23T12:00:00.123Z', 'verified 2026-11-23T12:00:00.123Z']];

    const text = renderTable(['AT', 'REASON'], rows, { terminal, heading });

    expect(text.split('\n')[1]).toMatch(/^2026-11-23T12:00:00Z\s+verified 2026-11-23T12:00:00Z$/);
  });

  it('gives one tab-separated line per row when piped', () => {
    const text = renderTable(
      ['NODE', 'REASON'],
      [
        ['n-1', 'two\nlines\tand tab'],
        ['n-2', ''],
      ],
      { terminal: false, heading },
    );
    expect(text.split('\n')).toEqual(['NODE\tREASON', 'n-1\ttwo lines and tab', 'n-2\t']);
  });
});
