import { beforeEach, describe, expect, it } from 'vitest';
import type { FleetHealth } from '../../../lib/health/fleet-health.ts';
import { addSeconds, systemClock, toTimestamp } from '../../../lib/time.ts';
import { createFleet, nodeIdOf } from '../../health/score-fixture.ts';
import { makeNode } from '../../nodes/fixtures.ts';
import { createTestInstallation } from '../support/test-installation.ts';

const installation = createTestInstallation();
const now = systemClock.now();
let revision: number | undefined;

const evaluate = async (changes: Partial<FleetHealth> = {}): Promise<void> => {
  const { fleet } = await (await createFleet(2)).pass(1);
  const current = {
    ...fleet,
    asOf: toTimestamp(now),
    validUntil: toTimestamp(addSeconds(now, 600)),
    ...changes,
  };
  await installation.stores.evaluations.put(
    { fleet: current, told: { until: current.asOf, level: current.level } },
    revision,
  );
  revision = (revision ?? 0) + 1;
};

describe('drover health', () => {
  beforeEach(() => evaluate());

  it('shows the score with what explains it, and ends well when all is well', async () => {
    const { exitCode, out } = await installation.run(['health']);
    expect(exitCode).toBe(0);
    expect(out).toContain('Health 100 of 100: healthy');
    expect(out).toContain('Pipeline runs');
    expect(out).toContain('2 of 2 judged nodes work (2 expected)');
  });

  it('says why the pipeline is paused, and which nodes are not healthy', async () => {
    await evaluate({
      pause: true,
      pauseReasons: ['critical-circuit-open: training failed again and again'],
      mayProbe: ['training'],
      observer: 'suspect',
      notHealthy: [
        {
          nodeId: nodeIdOf(1),
          state: 'unhealthy',
          since: toTimestamp(now),
          reasons: ['disk-full', 'gpu-hot'],
        },
      ],
    });
    const { exitCode, out } = await installation.run(['health']);
    expect(exitCode).toBe(1);
    expect(out).toContain('Pipeline paused\n  critical-circuit-open: training failed again and again');
    expect(out).toContain('one run may prove that it works again: training');
    expect(out).toContain('this view is doubted');
    expect(out).toContain(`${nodeIdOf(1)}  unhealthy: disk-full, gpu-hot`);
  });

  it('shows one node, and refuses an unknown one', async () => {
    const health = { state: 'degraded' as const, since: toTimestamp(now), reasons: ['gpu-hot' as const] };
    await installation.stores.nodes.create(makeNode({ nodeId: nodeIdOf(1), lifecycle: 'active', health }));
    const shown = await installation.run(['health', nodeIdOf(1), '--json']);
    expect(shown.exitCode).toBe(1);
    expect(shown.json()).toMatchObject({ nodeId: nodeIdOf(1), state: 'degraded', reasons: ['gpu-hot'] });
    const unknown = await installation.run(['health', nodeIdOf(9)]);
    expect(unknown.error).toContain(`there is no node ${nodeIdOf(9)}`);
  });

  it('shows it again until it is stopped', async () => {
    const stop = new AbortController();
    let looks = 0;
    const { out } = await installation.run(['health', '--watch'], {
      signal: stop.signal,
      sleep: async () => {
        looks += 1;
        if (looks === 3) stop.abort();
      },
    });
    expect(out.match(/Health 100/g)).toHaveLength(3);
  });
});
