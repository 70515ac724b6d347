import { describe, expect, it, vi } from 'vitest';
import * as z from 'zod';
import { publishHealthMetrics } from '../../functions/health-metrics.ts';
import type { ScoreReport } from '../../lib/health/score-health.ts';
import { createFleet } from '../health/score-fixture.ts';
import { makeHeartbeat } from '../nodes/fixtures.ts';

const lineSchema = z.looseObject({ _aws: z.unknown() });

/** The lines of metrics that one evaluation writes. */
const publish = (report: ScoreReport, now: Date) => {
  const lines: string[] = [];
  const spy = vi.spyOn(process.stdout, 'write').mockImplementation((line) => lines.push(String(line)) > 0);
  publishHealthMetrics(report, now);
  spy.mockRestore();
  return lines.map((line) => {
    const { _aws, ...values } = lineSchema.parse(JSON.parse(line));
    return values;
  });
};

describe('publishHealthMetrics', () => {
  it('writes score and counts, of the fleet and of each provider, and never a node id', async () => {
    const fleet = await createFleet(3);
    await fleet.pass(1);
    fleet.silence(2);
    const report = await fleet.pass(3);
    const lines = publish(report, fleet.clock.now());
    const counts = {
      NodesHealthy: 2,
      NodesDegraded: 0,
      NodesUnhealthy: 1,
      NodesUnreachable: 0,
      NodesUnknown: 0,
    };
    expect(lines).toEqual([
      {
        service: 'score-health',
        HealthScore: 77,
        HealthNodes: expect.closeTo(66.67, 1),
        HealthErrors: 100,
        PipelinePaused: 0,
        ObserverSuspect: 0,
        ...counts,
        HeartbeatAgeSeconds: [0, 0, 180],
      },
      { service: 'score-health', provider: 'static', ...counts },
    ]);
    expect(JSON.stringify(lines)).not.toContain('n-0000');
  });

  it('has every value of every GPU of the nodes that speak, and none for what they do not say', async () => {
    const fleet = await createFleet(1);
    const report = await fleet.pass(1);
    const heartbeat = makeHeartbeat({ gpus: [{ index: 0, utilizationPercent: 7 }, { index: 1 }] });
    const nodes = report.nodes?.map((one) => ({ ...one, node: { ...one.node, heartbeat } }));
    const [line] = publish({ ...report, nodes }, fleet.clock.now());
    expect(line).toMatchObject({ GpuUtilizationPercent: 7 });
  });

  it('writes all values of a large fleet, over several lines', async () => {
    const fleet = await createFleet(250);
    const lines = publish(await fleet.pass(1), fleet.clock.now());
    const ages = lines.flatMap(({ HeartbeatAgeSeconds = [] }) => HeartbeatAgeSeconds);
    expect(ages).toHaveLength(250);
  });

  it('has no value for what is unknown', async () => {
    const fleet = await createFleet(1);
    const report = await fleet.pass(1);
    const { score: _score, ...rest } = report.fleet;
    const unknown = { ...rest, level: 'unknown' as const, components: [] };
    expect(publish({ ...report, fleet: unknown, nodes: undefined }, fleet.clock.now())).toEqual([
      { service: 'score-health', PipelinePaused: 0 },
    ]);
  });
});
