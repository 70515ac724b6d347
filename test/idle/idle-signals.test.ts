import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { checkIdleness } from '../../lib/idle/check-idleness.ts';
import { resolveIdlePolicy } from '../../lib/idle/idle-policy.ts';
import { advanceIdleClock, busiestGpuPercent, busySignals } from '../../lib/idle/idle-signals.ts';
import type { Heartbeat } from '../../lib/nodes/heartbeat.ts';
import { at, atText } from '../nodes/fixtures.ts';
import { CRITERIA, idleHeartbeat, idleNode } from './fixtures.ts';

const fresh = () => idleNode({ idleClock: undefined });

/** The clock after these heartbeats. */
const run = (beats: readonly (readonly [seconds: number, changes: Partial<Heartbeat>])[]) => {
  const node = fresh();
  for (const [seconds, changes] of beats)
    node.idleClock = advanceIdleClock(node, idleHeartbeat(changes), CRITERIA, at(seconds));
  return node.idleClock;
};

describe('busiestGpuPercent', () => {
  it.each([
    ['the busiest, never the mean [health-and-idle#1.8-5]', [0, 60, 0], 0, 60],
    ['0 when it has none', [], 0, 0],
    ['unknown when one is not told', [0, undefined], 0, undefined],
    ['unknown when it has more', [0], 2, undefined],
  ])('is %s', (_title, percents, gpuCount, expected) => {
    const gpus = percents.map((utilizationPercent, index) => ({
      index,
      ...(utilizationPercent === undefined ? {} : { utilizationPercent }),
    }));
    expect(busiestGpuPercent({ gpus }, { ...idleNode().capabilities, gpuCount })).toBe(expected);
  });
});

describe('advanceIdleClock', () => {
  it('counts idle heartbeats in a row from the first', () => {
    expect(
      run([
        [0, {}],
        [30, {}],
        [60, {}],
      ]),
    ).toMatchObject({ idleSince: atText(0), samples: 3, lastSampleAt: atText(60) });
  });

  it('starts anew after a busy one and remembers what spoke against it [health-and-idle#14-4]', () => {
    const clock = run([
      [0, {}],
      [30, { gpus: [{ index: 0, utilizationPercent: 80 }] }],
      [60, {}],
    ]);
    expect(clock).toMatchObject({
      idleSince: atText(60),
      samples: 1,
      busyAt: atText(30),
      busySignals: ['gpu-busy'],
      activityAt: atText(30),
    });
  });

  it.each([
    [90, atText(0)],
    [90.001, atText(90.001)],
  ])('bridges a gap of at most 90 s: %d s', (gap, idleSince) => {
    expect(
      run([
        [0, {}],
        [gap, {}],
      ])?.idleSince,
    ).toBe(idleSince);
  });

  it('starts anew under other limits, but forgets no use', () => {
    const busy = {
      ...fresh(),
      idleClock: run([
        [0, { sshSessions: 1 }],
        [30, {}],
        [60, {}],
      ]),
    };
    const clock = advanceIdleClock(busy, idleHeartbeat(), { ...CRITERIA, digest: 'other' }, at(90));
    expect(clock).toMatchObject({
      criteria: 'other',
      idleSince: atText(90),
      samples: 1,
      activityAt: atText(0),
    });
  });

  it.each<[string, Partial<Heartbeat>]>([
    ['its own flush', { activeTransfers: 1 }],
    ['a command', { runningCommandIds: ['c'] }],
    ['a busy CPU', { cpuPercent: 99 }],
    ['what it cannot read', { gpus: undefined }],
  ])('does not take %s for somebody who uses the node', (_title, changes) => {
    const clock = run([[0, changes]]);
    expect(clock).not.toHaveProperty('idleSince');
    expect(clock).not.toHaveProperty('activityAt');
  });

  it.each([900, 1500, 1799])(
    'keeps a node of vast whose batches come %i s apart, by the numbers that are built in [events#5-28]',
    (gapSeconds) => {
      const policy = resolveIdlePolicy({}, { nodeId: '', provider: 'vast', role: 'worker', labels: {} });
      const beats = Array.from({ length: Math.floor(gapSeconds / 30) }, (_, index) => (index + 1) * 30);
      const idleClock = run([
        [0, { gpus: [{ index: 0, utilizationPercent: 95 }] }],
        ...beats.map((seconds) => [seconds, {}] as const),
      ]);
      const now = at(gapSeconds);
      const node = idleNode({ idleClock, activatedAt: atText(-9000), heartbeatAt: atText(gapSeconds) });
      expect(checkIdleness(node, policy, now)).toContainEqual(
        expect.objectContaining({ reason: 'idle-too-short', verdict: 'block', limit: 1800 }),
      );
    },
  );

  it('never counts a stretch with a signal that is busy or unknown [health-and-idle#1.8-4] [health-and-idle#14-1]', () => {
    const percent = fc.option(fc.integer({ min: 0, max: 30 }), { nil: undefined });
    const beat = fc.record({
      step: fc.integer({ min: 1, max: 150 }),
      gpu: percent,
      cpu: percent,
      ssh: percent,
    });
    fc.assert(
      fc.property(fc.array(beat, { maxLength: 30 }), (beats) => {
        let seconds = 0;
        let idleFrom: number | undefined;
        let node = fresh();
        for (const { step, gpu, cpu, ssh } of beats) {
          const hasGap = step > 90;
          seconds += step;
          const heartbeat = idleHeartbeat({
            gpus: gpu === undefined ? undefined : [{ index: 0, utilizationPercent: gpu }],
            cpuPercent: cpu,
            sshSessions: ssh,
          });
          node = { ...node, idleClock: advanceIdleClock(node, heartbeat, CRITERIA, at(seconds)) };
          const isIdle = gpu !== undefined && gpu < 10 && cpu !== undefined && cpu < 20 && ssh === 0;
          idleFrom = isIdle ? (hasGap ? seconds : (idleFrom ?? seconds)) : undefined;
          expect(node.idleClock?.idleSince).toBe(idleFrom === undefined ? undefined : atText(idleFrom));
          expect(busySignals(node, heartbeat, CRITERIA).length === 0).toBe(isIdle);
        }
      }),
    );
  });
});
