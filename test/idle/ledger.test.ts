import { describe, expect, it } from 'vitest';
import {
  emptyLedger,
  hasSlot,
  lastAct,
  pruned,
  withoutSlots,
  withSlot,
  withTermination,
} from '../../lib/idle/ledger.ts';
import { at, atText, NODE_ID } from '../nodes/fixtures.ts';

const slot = (seconds: number) => ({ nodeId: NODE_ID, group: 'g', takenAt: atText(seconds) });
const held = withSlot(emptyLedger, 'dr-1', slot(0), at(0));

describe('the ledger of terminations', () => {
  it('turns a slot into a termination, which holds the slot of its drain still', () => {
    const ledger = withTermination(held, 'dr-1', NODE_ID, at(10));
    expect(ledger).toEqual({
      pending: {},
      terminations: [{ terminationId: 'dr-1', nodeId: NODE_ID, at: atText(10) }],
      revision: 0,
    });
    expect([hasSlot(held, 'dr-1'), hasSlot(ledger, 'dr-1'), hasSlot(ledger, 'dr-2')]).toEqual([
      true,
      true,
      false,
    ]);
  });

  it('counts a repeat once, as of the later [health-and-idle#14-13]', () => {
    const twice = withTermination(withTermination(held, 'dr-1', NODE_ID, at(10)), 'dr-1', NODE_ID, at(70));
    expect(twice.terminations.map((one) => one.at)).toEqual([atText(70)]);
  });

  it.each([
    [86_399, 1],
    [86_400, 0],
  ])('remembers a termination for 24 hours: after %i s', (seconds, count) => {
    const ledger = withTermination(held, 'dr-1', NODE_ID, at(0));
    expect(pruned(ledger, at(seconds)).terminations).toHaveLength(count);
  });

  it('gives back only the slots that are named', () => {
    const two = withSlot(held, 'dr-2', slot(5), at(5));
    expect(Object.keys(withoutSlots(two, ['dr-1', 'dr-9'], at(6)).pending)).toEqual(['dr-2']);
  });

  it('knows its last act, also another than one', () => {
    const ledger = withSlot(withTermination(held, 'dr-1', NODE_ID, at(10)), 'dr-2', slot(20), at(20));
    expect([lastAct(ledger), lastAct(ledger, 'dr-2'), lastAct(emptyLedger)]).toEqual([
      atText(20),
      atText(10),
      undefined,
    ]);
  });

  it('knows a drain by its whole id [health-and-idle#14-14]', () => {
    expect([hasSlot(held, 'dr-'), hasSlot(held, ''), hasSlot(held, 'constructor')]).toEqual([
      false,
      false,
      false,
    ]);
  });
});
