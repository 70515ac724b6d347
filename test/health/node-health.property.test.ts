import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { decideNodeHealth } from '../../lib/health/decide-node-health.ts';
import { resolveHealthPolicy } from '../../lib/health/health-policy.ts';
import { settleNodeHealth } from '../../lib/health/settle-node-health.ts';
import { type Provider, providerSchema } from '../../lib/nodes/node.ts';
import type { NodeHealth } from '../../lib/nodes/node-health.ts';
import { at, atText, makeHeartbeat, makeNode } from '../nodes/fixtures.ts';

const policy = resolveHealthPolicy({});
const EVALUATE_SECONDS = 60;
const MAX_SKEW_SECONDS = 60;

/** A node's life: stretches in which it beats every 30 s (late by up to 9 s), and gaps of silence. */
const life = fc.array(
  fc.record({
    kind: fc.constantFrom('beats' as const, 'gap' as const),
    seconds: fc.integer({ min: 30, max: 3000 }),
    lateSeconds: fc.integer({ min: 0, max: 9 }),
    restart: fc.boolean(),
  }),
  { minLength: 1, maxLength: 8 },
);

const beatsOf = (stretches: typeof life extends fc.Arbitrary<infer Life> ? Life : never): number[] => {
  const beats: number[] = [0];
  let start = 0;
  for (const { kind, seconds, lateSeconds } of stretches) {
    if (kind === 'beats') {
      for (let second = start + 30; second <= start + seconds; second += 30) {
        beats.push(second + (second % 60 === 0 ? lateSeconds : 0));
      }
    }
    start += seconds;
  }
  return beats;
};

/** What every evaluation of that life finds. `skewSeconds`: how far the evaluating clock is ahead of the queue's. */
const evaluate = (provider: Provider, beats: readonly number[], skewSeconds: number) => {
  const found: { second: number; silence: number; health: NodeHealth }[] = [];
  let health: NodeHealth | undefined;
  const end = (beats.at(-1) ?? 0) + 3600;
  for (let second = 400; second <= end; second += EVALUATE_SECONDS) {
    const last = beats.filter((beat) => beat <= second).at(-1) ?? 0;
    const node = makeNode({
      provider,
      activatedAt: atText(0),
      heartbeat: makeHeartbeat(),
      heartbeatAt: atText(last),
      ...(health === undefined ? {} : { health }),
    });
    const now = at(second + skewSeconds);
    const verdict = decideNodeHealth(node, { reportsLate: false, zombieSeconds: 600 }, policy, now);
    health = settleNodeHealth(health, verdict, false, now).health;
    found.push({ second, silence: second - last, health });
  }
  return found;
};

describe('the health of a node over any sequence of beats, gaps and restarts', () => {
  const skew = fc.integer({ min: -MAX_SKEW_SECONDS, max: MAX_SKEW_SECONDS });
  const provider = fc.constantFrom(...providerSchema.out.options);

  it('never calls a node unreachable while it beats in time, whatever the clocks say', () => {
    return fc.assert(
      fc.property(provider, life, skew, (key, stretches, skewSeconds) => {
        for (const { silence, health } of evaluate(key, beatsOf(stretches), skewSeconds)) {
          if (silence <= 39) expect(health.state).not.toBe('unreachable');
        }
      }),
      { numRuns: 200 },
    );
  });

  it('calls every silent node so within its bound, and every node that beats again healthy within three evaluations', () => {
    return fc.assert(
      fc.property(provider, life, skew, (key, stretches, skewSeconds) => {
        const { timeoutSeconds, multipliers } = policy.heartbeat;
        const beatSeconds = (timeoutSeconds * multipliers[key]) / 3;
        const found = evaluate(key, beatsOf(stretches), skewSeconds);
        for (const [index, { silence, health }] of found.entries()) {
          const seen = silence + skewSeconds;
          if (seen >= 5 * beatSeconds) expect(health.state).toBe('unreachable');
          else if (seen >= 3 * beatSeconds) expect(health.state).toBe('unhealthy');
          const lately = found.slice(Math.max(0, index - 2), index + 1);
          // Each of them saw a beat of its own.
          const beatsAll = lately.every(
            (one) => one.silence <= 39 && one.silence + skewSeconds < beatSeconds,
          );
          if (lately.length === 3 && beatsAll) expect(health.state).toBe('healthy');
        }
      }),
      { numRuns: 200 },
    );
  });
});
