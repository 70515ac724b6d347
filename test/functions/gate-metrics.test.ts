import { expect, it, vi } from 'vitest';
import { publishGateOpened } from '../../functions/gate-metrics.ts';

it('counts one opening of the gate, by the function that asked', () => {
  const lines: string[] = [];
  const spy = vi.spyOn(process.stdout, 'write').mockImplementation((line) => lines.push(String(line)) > 0);
  publishGateOpened('dispatch-work');
  spy.mockRestore();
  expect(lines.map((line) => JSON.parse(line))).toEqual([
    expect.objectContaining({ service: 'dispatch-work', WorkGateOpened: 1 }),
  ]);
});
