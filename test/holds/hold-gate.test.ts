import { describe, expect, it, vi } from 'vitest';
import type { Pause } from '../../lib/health/pause.ts';
import { scopesOf } from '../../lib/holds/decide-hold.ts';
import type { Hold } from '../../lib/holds/hold.ts';
import { createHoldGate } from '../../lib/holds/hold-gate.ts';
import type { HoldStore } from '../../lib/holds/hold-store.ts';
import { createMemoryHoldStore } from '../../lib/holds/memory-hold-store.ts';
import { addSeconds, toTimestamp } from '../../lib/time.ts';
import { makeClock, makeNode, nodeIdOf, START } from '../distribution/fixtures.ts';

const node = makeNode(1, { provider: 'vast' });
const hold = (changes: Partial<Hold>): Hold => ({
  holdId: 'h-1',
  kind: 'freeze',
  scope: 'fleet',
  reason: 'looking into it',
  setBy: 'op',
  setAt: toTimestamp(START),
  expiresAt: toTimestamp(addSeconds(START, 60)),
  ...changes,
});

const prepare = async (holds: readonly Hold[]) => {
  const store = createMemoryHoldStore();
  for (const one of holds) await store.put(one);
  const clock = makeClock();
  const warnings: string[] = [];
  const gate = createHoldGate({ holds: store, clock, warn: (message) => warnings.push(message) });
  return { gate, clock, warnings };
};

describe('createHoldGate', () => {
  it.each([
    ['fleet', 'hold'],
    ['provider:vast', 'hold'],
    [`node:${nodeIdOf(1)}`, 'hold'],
    ['provider:runpod', 'go'],
    [`node:${nodeIdOf(2)}`, 'go'],
  ] as const)('answers a freeze of %s with %s', async (scope, action) => {
    const { gate } = await prepare([hold({ scope })]);
    expect((await gate.mayDestroy(scopesOf(node))).action).toBe(action);
  });

  it('says who holds, until when and why', async () => {
    const { gate } = await prepare([hold({})]);
    expect(await gate.mayDestroy(scopesOf(node))).toEqual({
      action: 'hold',
      reason: 'held',
      evidence: {
        holdIds: ['h-1'],
        message: 'freeze of fleet by op until 2026-03-01T12:01:00.000Z: looking into it',
      },
    });
  });

  it('keeps the two brakes apart: a freeze stops no work, a pause saves nothing', async () => {
    const frozen = await prepare([hold({})]);
    const paused = await prepare([hold({ kind: 'pause' })]);
    expect((await frozen.gate.mayStartWork(scopesOf(node))).action).toBe('go');
    expect((await paused.gate.mayStartWork(scopesOf(node))).action).toBe('hold');
    expect((await paused.gate.mayDestroy(scopesOf(node))).action).toBe('go');
  });

  it('[sync#L19] ends every hold by itself', async () => {
    const { gate, clock } = await prepare([hold({})]);
    clock.advance(60);
    expect((await gate.mayDestroy(scopesOf(node))).reason).toBe('no-hold');
  });

  it('destroys nothing, but lets work start with a warning, when the holds cannot be read', async () => {
    const holds: Pick<HoldStore, 'listLive'> = {
      listLive: () => Promise.reject(new Error('a hold is not as Drover writes it')),
    };
    const warnings: string[] = [];
    const onOpened = vi.fn();
    const gate = createHoldGate({
      holds,
      clock: makeClock(),
      warn: (message) => warnings.push(message),
      onOpened,
    });
    expect(await gate.mayDestroy(['fleet'])).toMatchObject({ action: 'hold', reason: 'holds-unreadable' });
    // The alarm hears only of what lets work pass.
    expect(onOpened).not.toHaveBeenCalled();
    expect(await gate.mayStartWork(['fleet'])).toMatchObject({ action: 'go', reason: 'holds-unreadable' });
    expect(onOpened).toHaveBeenCalledTimes(1);
    await gate.leaseBrakes();
    expect(onOpened).toHaveBeenCalledTimes(2);
    expect(warnings).toEqual([
      expect.stringContaining('nothing destructive happens'),
      expect.stringContaining('work starts without asking'),
      expect.stringContaining('work starts without asking'),
    ]);
  });

  it('keeps work from the nodes of a stop, and of no other hold', async () => {
    const { gate } = await prepare([
      hold({ holdId: 'h-1', kind: 'stop', scope: 'provider:vast' }),
      hold({ holdId: 'h-2', kind: 'pause', scope: 'fleet' }),
    ]);
    const brakes = await gate.leaseBrakes();
    expect(brakes.isHeld(scopesOf(node))).toBe(true);
    expect(brakes.isHeld(['fleet', 'provider:runpod'])).toBe(false);
    expect(brakes.paused).toBe(false);
  });

  describe('and the pause machine', () => {
    const pause = (state: Pause['state']): Pause => ({
      state,
      since: toTimestamp(START),
      reasons: ['error-burst: 10 errors in 300 s'],
      holding: {},
      evaluatedAt: toTimestamp(START),
      revision: 1,
    });
    const prepareGate = (get: () => Promise<Pause | undefined>, seconds = 0) => {
      const warnings: string[] = [];
      const clock = makeClock();
      clock.advance(seconds);
      const onOpened = vi.fn();
      const gate = createHoldGate({
        holds: createMemoryHoldStore(),
        pauses: { get },
        clock,
        warn: (message) => warnings.push(message),
        onOpened,
      });
      return { gate, warnings, onOpened };
    };

    it.each([
      ['running', 0, 'go', 'no-hold', 0],
      ['paused', 0, 'hold', 'pipeline-paused', 0],
      ['recovering', 300, 'hold', 'pipeline-paused', 0],
      // Nobody evaluates any more: a pause that nobody could lift is none.
      ['paused', 301, 'go', 'pause-unreadable', 1],
    ] as const)('%s, evaluated %i s ago: work may %s', async (state, seconds, action, reason, warned) => {
      const { gate, warnings, onOpened } = prepareGate(async () => pause(state), seconds);
      expect(await gate.mayStartWork(['fleet'])).toMatchObject({ action, reason });
      expect((await gate.mayDestroy(['fleet'])).action).toBe('go');
      expect(warnings).toHaveLength(warned);
      expect(onOpened).toHaveBeenCalledTimes(warned);
    });

    it.each([
      ['running', false],
      ['paused', true],
      ['recovering', true],
    ] as const)('%s: work that waits is held back: %s', async (state, paused) => {
      const { gate } = prepareGate(async () => pause(state));
      expect(await gate.leaseBrakes()).toMatchObject({ paused });
    });

    it('lets work start, with a warning, when the pause cannot be read', async () => {
      const { gate, warnings } = prepareGate(() => Promise.reject(new Error('throttled')));
      expect(await gate.mayStartWork(['fleet'])).toMatchObject({ action: 'go', reason: 'pause-unreadable' });
      expect(warnings).toEqual([expect.stringContaining('could not be read')]);
    });
  });
});
