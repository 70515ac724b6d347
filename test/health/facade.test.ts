import { describe, expect, it } from 'vitest';
import { createHealthFacade, DEPRECATION_CODE } from '../../lib/health/facade.ts';
import { createFleet, nodeIdOf } from './score-fixture.ts';

/** Healthy, degraded, unreachable, and two that ended: one on purpose, one vanished. */
const prepare = async () => {
  const fleet = await createFleet(5);
  await fleet.pass(2);
  await fleet.end(3, 'terminated');
  await fleet.end(4, 'lost');
  fleet.silence(2);
  await fleet.pass(4);
  fleet.silence(1);
  await fleet.pass(1);
  const { evaluations } = fleet.ports;
  return { fleet, facade: createHealthFacade({ evaluations, nodes: fleet.nodes, clock: fleet.clock }) };
};

describe('the health facade', () => {
  it('lists nodes by their health, and none that ended or vanished [health-and-idle#7-c]', async () => {
    const { facade } = await prepare();
    expect(await facade.getHealthyNodes()).toEqual([nodeIdOf(0)]);
    expect(await facade.getUnhealthyNodes()).toEqual([nodeIdOf(1), nodeIdOf(2)]);
    expect(await facade.getDegradedNodes()).toEqual([nodeIdOf(1)]);
    expect(await facade.getOfflineNodes()).toEqual([nodeIdOf(2)]);
  });

  it('tells of one node by its exact id', async () => {
    const { facade } = await prepare();
    expect(await facade.getNodeHealth(nodeIdOf(2))).toMatchObject({
      state: 'unreachable',
      reasons: ['missed-heartbeats'],
      lifecycle: 'active',
    });
    // It was healthy when it vanished; that says nothing now.
    expect(await facade.getNodeHealth(nodeIdOf(4))).toMatchObject({ state: 'unknown', lifecycle: 'lost' });
    expect(await facade.getNodeHealth('n-00')).toBeUndefined();
  });

  it('answers score, pause and summary of the last evaluation', async () => {
    const { facade } = await prepare();
    const summary = await facade.getClusterHealthSummary();
    expect(summary).toMatchObject({ score: 77, level: 'degraded', nodes: { expected: 3 } });
    expect(await facade.getSystemHealthScore()).toBe(summary.score);
    expect(await facade.shouldPausePipeline()).toEqual({ pause: false, reasons: [] });
    expect(await facade.getHealthOrchestrator().getHealthyNodes()).toEqual([nodeIdOf(0)]);
  });

  it('knows nothing when nobody evaluates any more, and holds no work back for that', async () => {
    const { fleet, facade } = await prepare();
    fleet.clock.advance(601);
    expect(await facade.getSystemHealthScore()).toBeUndefined();
    expect(await facade.shouldPausePipeline()).toEqual({
      pause: false,
      reasons: [expect.stringMatching(/^unknown: the fleet was not evaluated since/)],
    });
    expect(await facade.getHealthyNodes()).toEqual([]);
    expect(await facade.getUnhealthyNodes()).toHaveLength(3);
  });

  it('still answers getSystemHealth, and warns once', async () => {
    const { fleet, facade } = await prepare();
    const other = createHealthFacade({ ...fleet.ports, nodes: fleet.nodes });
    const warnings: unknown[] = [];
    const listen = (warning: Error & { code?: string }) => warnings.push([warning.name, warning.code]);
    process.on('warning', listen);
    try {
      expect(await facade.getSystemHealth()).toEqual(await facade.getClusterHealthSummary());
      await facade.getSystemHealth();
      await other.getSystemHealth();
      await new Promise((resolve) => setImmediate(resolve));
    } finally {
      process.off('warning', listen);
    }
    expect(warnings).toEqual([['DeprecationWarning', DEPRECATION_CODE]]);
  });
});
