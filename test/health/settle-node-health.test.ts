import { describe, expect, it } from 'vitest';
import type { NodeVerdict } from '../../lib/health/decide-node-health.ts';
import { isTold, settleNodeHealth } from '../../lib/health/settle-node-health.ts';
import type { NodeHealth, NodeHealthState } from '../../lib/nodes/node-health.ts';
import { at, atText } from '../nodes/fixtures.ts';

const verdict = (state: NodeHealthState): NodeVerdict => ({
  state,
  reasons: [state === 'healthy' ? 'beating' : 'missed-heartbeats'],
  evidence: {},
});
const settle = (before: NodeHealth | undefined, state: NodeHealthState, second: number, brakeIsOn = false) =>
  settleNodeHealth(before, verdict(state), brakeIsOn, at(second));

describe('settleNodeHealth', () => {
  it('changes nothing while the verdict is the same: a repeat tells nothing anew [health-and-idle#4.6-7] [health-and-idle#12-31]', () => {
    const { health } = settle(undefined, 'unhealthy', 0);
    expect(settle(health, 'unhealthy', 600)).toEqual({ changed: false, health });
  });

  it('keeps since when, from where, and when it last turned bad, also after it recovered', () => {
    const bad = settle(settle(undefined, 'healthy', 0).health, 'unhealthy', 60).health;
    const worse = settle(bad, 'unreachable', 120).health;
    const good = settle(worse, 'healthy', 180).health;
    expect(worse).toMatchObject({ since: atText(120), from: 'unhealthy', turnedBadAt: atText(60) });
    expect(good).toMatchObject({ since: atText(180), from: 'unreachable', turnedBadAt: atText(60) });
    expect(settle(good, 'unhealthy', 240).health.turnedBadAt).toBe(atText(240));
  });

  it('tells a change, but not the first look', () => {
    const first = settle(undefined, 'healthy', 0).health;
    expect(isTold(first)).toBe(false);
    expect(isTold(settle(first, 'degraded', 60).health)).toBe(true);
  });

  it('withholds a bad verdict while the brake is on, untold, and passes it when the brake ends', () => {
    const healthy = settle(undefined, 'healthy', 0).health;
    const withheld = settle(healthy, 'unreachable', 60, true).health;
    expect(withheld).toMatchObject({
      state: 'unknown',
      reasons: ['observer-suspect'],
      turnedBadAt: atText(60),
    });
    expect(isTold(withheld)).toBe(false);
    const passed = settle(withheld, 'unreachable', 960).health;
    expect(passed).toMatchObject({ state: 'unreachable', from: 'healthy', turnedBadAt: atText(60) });
    expect(isTold(passed)).toBe(true);
    expect(isTold(settle(withheld, 'healthy', 120, true).health)).toBe(false);
  });

  it('leaves a verdict alone that stood before the brake, and lets nodes recover under it', () => {
    const bad = settle(settle(undefined, 'healthy', 0).health, 'unhealthy', 60).health;
    expect(settle(bad, 'unhealthy', 120, true).changed).toBe(false);
    expect(settle(bad, 'healthy', 120, true).health.state).toBe('healthy');
  });
});
