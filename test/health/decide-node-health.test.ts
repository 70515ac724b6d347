import { describe, expect, it } from 'vitest';
import { decideNodeHealth, type NodeSurroundings } from '../../lib/health/decide-node-health.ts';
import { healthConfigSchema, resolveHealthPolicy } from '../../lib/health/health-policy.ts';
import type { Heartbeat } from '../../lib/nodes/heartbeat.ts';
import { type Node, providerSchema } from '../../lib/nodes/node.ts';
import { at, atText, makeHeartbeat, makeNode } from '../nodes/fixtures.ts';

const policy = resolveHealthPolicy({});
/** Long past any grace. */
const NOW = 10_000;
const judge = (
  changes: Partial<Node>,
  { instance, reportsLate = false }: Partial<NodeSurroundings> = {},
  now = NOW,
) =>
  decideNodeHealth(
    makeNode({ lifecycle: 'active', activatedAt: atText(0), ...changes }),
    { instance, reportsLate },
    policy,
    at(now),
  );
const silentFor = (seconds: number, changes: Partial<Node> = {}): Partial<Node> => ({
  provider: 'static',
  heartbeat: makeHeartbeat(),
  heartbeatAt: atText(NOW - seconds),
  ...changes,
});
const beating = (heartbeat: Partial<Heartbeat>): Partial<Node> =>
  silentFor(0, { heartbeat: makeHeartbeat(heartbeat) });
const disk = (usedPercent: number) => ({
  disk: { totalBytes: 100, freeBytes: 0, usedPercent },
});
const gpu = (changes: object) => ({ gpus: [{ index: 0 }, { index: 1, ...changes }] });

describe('decideNodeHealth', () => {
  it.each([
    [0, 'healthy', 0],
    [39, 'healthy', 0],
    [40, 'degraded', 1],
    [119, 'degraded', 2],
    [120, 'unhealthy', 3],
    [199, 'unhealthy', 4],
    [200, 'unreachable', 5],
  ] as const)(
    'calls a node that is silent for %i s %s: 1 to 2 missed beats, 3, 5 [health-and-idle#14-22] [health-and-idle#7-a] [health-and-idle#4.6-6]',
    (seconds, state, missedBeats) => {
      expect(judge(silentFor(seconds))).toMatchObject({ state, evidence: { missedBeats } });
    },
  );

  it.each([
    ['static', 120],
    ['vast', 300],
    ['lambda-labs', 240],
    ['runpod', 240],
  ] as const)(
    'gives %s %i s before it is unhealthy [health-and-idle#12-19] [health-and-idle#12-21]',
    (provider, seconds) => {
      expect(judge(silentFor(seconds - 1, { provider })).state).toBe('degraded');
      expect(judge(silentFor(seconds, { provider })).state).toBe('unhealthy');
    },
  );

  it('covers every provider [health-and-idle#7-e]', () => {
    for (const provider of providerSchema.out.options) {
      expect(judge(silentFor(10_000, { provider })).state).toBe('unreachable');
    }
  });

  it.each([
    [disk(69.9), 'healthy', 'beating'],
    [disk(70), 'degraded', 'disk-filling'],
    [disk(92.9), 'degraded', 'disk-filling'],
    [disk(93), 'unhealthy', 'disk-filling'],
    [disk(96), 'unhealthy', 'disk-full'],
    [{ memory: { totalBytes: 1000, usedBytes: 899 } }, 'healthy', 'beating'],
    [{ memory: { totalBytes: 1000, usedBytes: 900 } }, 'degraded', 'memory-high'],
    [{ memory: { totalBytes: 1000, usedBytes: 980 } }, 'unhealthy', 'memory-full'],
    [gpu({ uncorrectedEccErrors: 0 }), 'healthy', 'beating'],
    [gpu({ uncorrectedEccErrors: 1 }), 'unhealthy', 'gpu-memory-errors'],
    [gpu({ rowRemapFailed: true }), 'unhealthy', 'gpu-row-remap-failed'],
    [gpu({ thermalThrottled: true }), 'degraded', 'gpu-hot'],
    [gpu({ temperatureCelsius: 89 }), 'healthy', 'beating'],
    [gpu({ temperatureCelsius: 90 }), 'degraded', 'gpu-hot'],
    [{ xid: { count: 0 } }, 'healthy', 'beating'],
    // A program that reads beyond its memory says nothing about the GPU.
    [{ xid: { count: 4, lastCode: 31 } }, 'healthy', 'beating'],
    [{ xid: { count: 1, lastCode: 79 } }, 'unhealthy', 'gpu-driver-errors'],
    [{ xid: { count: 1 } }, 'degraded', 'gpu-driver-errors'],
    [{ failedTransfers: 1 }, 'degraded', 'failed-transfers'],
    [{ failedTransfers: 2 }, 'degraded', 'failed-transfers'],
    [{ failedTransfers: 3 }, 'unhealthy', 'failed-transfers'],
  ] as const)('calls a node that says %j %s: %s', (heartbeat, state, reason) => {
    expect(judge(beating(structuredClone<Partial<Heartbeat>>(heartbeat)))).toMatchObject({
      state,
      reasons: [reason],
    });
  });

  it.each([
    [2, 'healthy', 'beating'],
    [3, 'degraded', 'failed-work'],
    [9, 'degraded', 'failed-work'],
  ] as const)('calls a node where %i attempts in a row failed %s: %s', (failedWork, state, reason) => {
    expect(judge({ ...beating({}), failedWork })).toMatchObject({ state, reasons: [reason] });
  });

  it('takes what a node does not say as unknown, not as trouble [health-and-idle#7-f]', () => {
    expect(judge(beating({}))).toMatchObject({ state: 'healthy', reasons: ['beating'] });
  });

  it.each([
    ['unhealthy', 0, 'degraded', 'provider-says-unhealthy'],
    ['gone', 0, 'degraded', 'provider-says-ended'],
    ['stopped', 0, 'degraded', 'provider-says-ended'],
    // It need not wait: two sources agree.
    ['preempted', 40, 'unreachable', 'provider-says-ended'],
    ['gone', 40, 'unreachable', 'provider-says-ended'],
    ['running', 40, 'degraded', 'missed-heartbeats'],
    ['unknown', 40, 'degraded', 'missed-heartbeats'],
  ] as const)(
    'weighs the word %s of the provider about a node silent for %i s: %s [health-and-idle#7-g]',
    (instance, seconds, state, reason) => {
      expect(judge(silentFor(seconds), { instance })).toMatchObject({ state, reasons: [reason] });
    },
  );

  it.each([
    [299, 'unknown', 'booting'],
    [300, 'unreachable', 'missed-heartbeats'],
  ] as const)(
    'gives a booting node %i s of grace [health-and-idle#12-16] [health-and-idle#12-18]',
    (seconds, state, reason) => {
      const booting = silentFor(seconds, { activatedAt: atText(NOW - seconds) });
      expect(judge(booting)).toMatchObject({ state, reasons: [reason] });
      expect(judge(silentFor(seconds), { instance: 'booting' })).toMatchObject({ state, reasons: [reason] });
    },
  );

  it('says unknown, not bad, while reports wait in the queue, and of a node that never spoke', () => {
    expect(judge(silentFor(1000), { reportsLate: true })).toMatchObject({
      state: 'unknown',
      reasons: ['reports-late'],
    });
    expect(judge(silentFor(10), { reportsLate: true }).state).toBe('healthy');
    expect(judge({})).toMatchObject({ state: 'unknown', reasons: ['never-heard'] });
  });

  it.each(['degraded', 'unhealthy', 'unreachable'] as const)(
    'takes two good beats to recover from %s, and trouble between them starts anew [health-and-idle#12-35]',
    (state) => {
      const health = { state, since: atText(0), reasons: ['missed-heartbeats' as const] };
      const first = judge(silentFor(5, { health }));
      expect(first).toMatchObject({ state: 'degraded', reasons: ['recovering'] });
      const recovering = { ...health, state: first.state, firstGoodBeatAt: atText(NOW - 5) };
      // The same beat, seen again.
      expect(judge(silentFor(5, { health: recovering })).state).toBe('degraded');
      expect(judge(silentFor(4, { health: recovering })).state).toBe('healthy');
      expect(judge({ ...beating(disk(80)), health: recovering }).evidence.firstGoodBeatAt).toBeUndefined();
    },
  );
});

describe('healthConfigSchema', () => {
  it('refuses a timeout below three intervals [events#5-32] [health-and-idle#12-20]', () => {
    const parse = (timeoutSeconds: number) => healthConfigSchema.safeParse({ heartbeat: { timeoutSeconds } });
    expect(parse(90).success).toBe(true);
    expect(parse(89.9).error?.message).toContain('must be at least 3 times intervalSeconds (30)');
  });

  it('takes a multiplier for one provider and keeps the others', () => {
    const own = resolveHealthPolicy({ heartbeat: { multipliers: { runpod: 3 } } });
    expect(own.heartbeat.multipliers).toEqual({ vast: 2.5, 'lambda-labs': 2, runpod: 3, static: 1 });
  });
});
