import { describe, expect, it } from 'vitest';
import { fleetHealthSchema } from '../../lib/health/fleet-health.ts';
import { createMemoryFleetHealthStore } from '../../lib/health/memory-fleet-health-store.ts';
import { scoreHealth } from '../../lib/health/score-health.ts';
import { advanceIdleClock } from '../../lib/idle/idle-signals.ts';
import { criteriaOf } from '../../lib/idle/idle-snapshot.ts';
import { addSeconds, toTimestamp } from '../../lib/time.ts';
import { POLICY } from '../idle/fixtures.ts';
import { atText, makeHeartbeat } from '../nodes/fixtures.ts';
import { createFleet, nodeIdOf, SCORE_POLICY } from './score-fixture.ts';

describe('scoreHealth', () => {
  it('finds a fleet that beats healthy, and says nothing of it', async () => {
    const fleet = await createFleet(4);
    const { fleet: health } = await fleet.pass(3);
    expect(health).toMatchObject({
      score: 100,
      level: 'healthy',
      pause: false,
      observer: 'trusted',
      nodes: { expected: 4, healthy: 4 },
      notHealthy: [],
    });
    expect(fleet.told('NodeHealthChanged')).toEqual([]);
  });

  it('writes a node only when its health changes', async () => {
    const fleet = await createFleet(1);
    const written: string[] = [];
    const { recordHealth } = fleet.nodes;
    Object.assign(fleet.ports, {
      nodes: {
        ...fleet.nodes,
        recordHealth: async (...args: Parameters<typeof recordHealth>) => {
          written.push(args[2].state);
          return recordHealth(...args);
        },
      },
    });
    await fleet.pass(20);
    expect(written).toEqual(['healthy']);
  });

  it('half the fleet silent: degraded, unhealthy, unreachable, paused; then back, resumed; each told once [health-and-idle#12-24]', async () => {
    const fleet = await createFleet(4);
    await fleet.pass(2);
    fleet.silence(2, 3);
    const states: unknown[] = [];
    for (let minute = 0; minute < 4; minute += 1) {
      await fleet.pass(1);
      states.push(await fleet.stateOf(3));
    }
    expect(states).toEqual(['degraded', 'unhealthy', 'unhealthy', 'unreachable']);
    const { fleet: paused } = await fleet.evaluate();
    expect(paused.pauseReasons).toEqual(['nodes-not-operational: 2 of 4 expected nodes do not work']);
    expect(paused.notHealthy.map(({ nodeId, state }) => [nodeId, state])).toEqual([
      [nodeIdOf(2), 'unreachable'],
      [nodeIdOf(3), 'unreachable'],
    ]);
    fleet.wake();
    const { fleet: resumed } = await fleet.pass(5);
    expect(resumed).toMatchObject({ pause: false, nodes: { healthy: 4 } });
    const tos = fleet.told('NodeHealthChanged').map(({ fields }) => fields['to']);
    expect(tos).toEqual(
      ['degraded', 'unhealthy', 'unreachable', 'degraded', 'healthy'].flatMap((to) => [to, to]),
    );
    expect(fleet.told('PipelinePaused')).toHaveLength(1);
    expect(fleet.told('PipelineResumed')).toHaveLength(1);
    expect(await fleet.audit.listBySubject('pipeline', 10)).toMatchObject([
      { action: 'resume-pipeline', before: { state: 'recovering' }, after: { state: 'running' } },
      { action: 'pause-pipeline', before: { state: 'running' }, after: { state: 'paused' } },
    ]);
    const rows = await fleet.audit.listBySubject(`node:${nodeIdOf(3)}`, 10);
    expect(
      rows.map(({ before, after }) => `${before?.['health']} → ${after?.['health']}`).toReversed(),
    ).toEqual([
      'healthy → degraded',
      'degraded → unhealthy',
      'unhealthy → unreachable',
      'unreachable → degraded',
      'degraded → healthy',
    ]);
  });

  it('tells once of work that uses no GPU for 600 s, and once that it does again [health-and-idle#12-7]', async () => {
    const fleet = await createFleet(1);
    fleet.silence(0);
    let seq = 100;
    /** A minute with one heartbeat of this load, and an evaluation. */
    const minute = async (utilizationPercent: number) => {
      fleet.clock.advance(60);
      seq += 1;
      const node = (await fleet.nodes.get(nodeIdOf(0))) ?? expect.fail();
      const heartbeat = makeHeartbeat({ gpus: [{ index: 0, utilizationPercent }] });
      const sentAt = fleet.clock.now();
      await fleet.nodes.recordHeartbeat(node.nodeId, {
        bootId: 'boot-1',
        seq,
        heartbeat,
        sentAt,
        marks: {
          heartbeatRecordedAt: toTimestamp(sentAt),
          idleClock: advanceIdleClock(node, heartbeat, criteriaOf(POLICY), sentAt),
        },
      });
      await fleet.evaluate();
    };
    await minute(0);
    const { revision } = (await fleet.nodes.get(nodeIdOf(0))) ?? expect.fail();
    const lease = { workId: 'w', attempt: 1, leaseUntil: atText(9999) };
    expect(await fleet.nodes.grantLease(nodeIdOf(0), revision, 't', lease)).toBe(true);

    for (let count = 0; count < 10; count += 1) await minute(0);
    expect(fleet.told('NodeHealthChanged')).toEqual([]);
    for (let count = 0; count < 3; count += 1) await minute(0);
    for (let count = 0; count < 3; count += 1) await minute(80);

    expect(fleet.told('NodeHealthChanged').map(({ fields }) => fields)).toMatchObject([
      { from: 'healthy', to: 'degraded', reasons: ['zombie'] },
      { from: 'degraded', to: 'healthy', reasons: ['beating'] },
    ]);
    expect((await fleet.nodes.get(nodeIdOf(0)))?.lifecycle).toBe('active');
  });

  it('does not pause when half the fleet is ended on purpose [health-and-idle#14-16] [health-and-idle#4.6-5] [health-and-idle#7-b] [health-and-idle#14-23] [health-and-idle#12-34]', async () => {
    const fleet = await createFleet(10);
    await fleet.pass(2);
    for (const index of [0, 1, 2, 3, 4]) {
      fleet.silence(index);
      await fleet.end(index, index % 2 === 0 ? 'terminated' : 'lost');
    }
    const { fleet: health } = await fleet.pass(10);
    expect(health).toMatchObject({ score: 100, pause: false, nodes: { expected: 5, healthy: 5 } });
    expect(await fleet.stateOf(0)).toBe('healthy');
  });

  it('does not pause without any node [health-and-idle#14-17]', async () => {
    const fleet = await createFleet(0);
    expect((await fleet.pass(5)).fleet).toMatchObject({ score: 100, pause: false, observer: 'trusted' });
  });

  it('doubts itself when all fail at once: one event, no verdict, no pause; and ends so after 15 minutes [health-and-idle#7-d] [health-and-idle#12-17] [events#5-26] [health-and-idle#14-25]', async () => {
    const fleet = await createFleet(10);
    await fleet.pass(2);
    fleet.silence(0, 1, 2, 3, 4, 5, 6, 7, 8, 9);
    const { fleet: suspect } = await fleet.pass(10);
    expect(suspect).toMatchObject({ observer: 'suspect', pause: false, nodes: { unknown: 10 } });
    expect(fleet.told('ObserverSuspected')).toHaveLength(1);
    expect(fleet.told('NodeHealthChanged').map(({ fields }) => fields['to'])).toEqual(
      Array.from({ length: 10 }, () => 'degraded'),
    );
    const { fleet: after } = await fleet.pass(10);
    expect(after).toMatchObject({ observer: 'trusted', pause: true, nodes: { unreachable: 10 } });
    expect(fleet.told('ObserverSuspected')).toHaveLength(1);
  });

  it('says unknown of silent nodes while the reports of the others come late', async () => {
    const fleet = await createFleet(3);
    await fleet.pass(2);
    fleet.silence(0, 1, 2);
    await fleet.pass(1);
    const late = await fleet.nodes.get(nodeIdOf(0));
    await fleet.nodes.recordHeartbeat(nodeIdOf(0), {
      bootId: 'boot-1',
      seq: (late?.heartbeatSeq ?? 0) + 1,
      heartbeat: late?.heartbeat ?? expect.fail(),
      sentAt: addSeconds(fleet.clock.now(), -10),
      marks: { heartbeatRecordedAt: toTimestamp(addSeconds(fleet.clock.now(), 60)) },
    });
    await fleet.pass(2);
    expect(await fleet.stateOf(1)).toBe('unknown');
  });

  it('tells again, with the same ids, what a crash swallowed', async () => {
    const fleet = await createFleet(2);
    await fleet.pass(2);
    fleet.silence(1);
    fleet.clock.advance(60);
    const broken = {
      ...fleet.ports,
      publisher: { publish: () => Promise.reject(new Error('the bus is down')) },
    };
    const { errors, fleet: health } = await scoreHealth(broken, SCORE_POLICY);
    expect(errors).toHaveLength(1);
    // The document is there all the same.
    expect((await fleet.ports.evaluations.get())?.fleet).toEqual(health);
    await fleet.pass(1);
    expect(
      fleet.told('NodeHealthChanged').filter(({ fields }) => fields['nodeId'] === nodeIdOf(1)),
    ).not.toEqual([]);
    const ids = fleet.told('NodeHealthChanged').map(({ eventId }) => eventId);
    expect(new Set(ids).size).toBe(ids.length);
  });

  it('goes on without what it cannot read, and says so: unknown, left out, collected [health-and-idle#12-27]', async () => {
    const fails = () => Promise.reject(new Error('throttled'));
    const fleet = await createFleet(2);
    const { outcomes } = fleet.ports;
    Object.assign(fleet.ports, { outcomes: { ...outcomes, listErrors: fails, listCircuits: fails } });
    const { fleet: health, errors } = await fleet.pass(2);
    expect(errors).toHaveLength(2);
    expect(health.score).toBe(100);
    expect(health.components.map(({ value }) => value)).toEqual([100, undefined, undefined, undefined]);
  });

  it('leaves the brake alone when the nodes cannot be read, so that it becomes unknown', async () => {
    const fleet = await createFleet(2);
    await fleet.pass(1);
    const before = await fleet.ports.brakes.get();
    fleet.clock.advance(60);
    const nodes = { ...fleet.ports.nodes, listByProvider: () => Promise.reject(new Error('throttled')) };
    const { fleet: health } = await scoreHealth({ ...fleet.ports, nodes }, SCORE_POLICY);
    expect(health.observer).toBe('unknown');
    expect(await fleet.ports.brakes.get()).toEqual(before);
  });

  it('tells nodes on change and every five minutes, in a document that expires', async () => {
    const fleet = await createFleet(2);
    await fleet.pass(2);
    const quiet = fleet.files.length;
    await fleet.pass(3);
    expect(fleet.files).toHaveLength(quiet);
    await fleet.pass(1);
    expect(fleet.files).toHaveLength(quiet + 1);
    fleet.silence(0);
    await fleet.pass(1);
    const last = fleetHealthSchema.parse(JSON.parse(fleet.files.at(-1) ?? ''));
    expect(last.notHealthy).toHaveLength(1);
    expect(Date.parse(last.validUntil) - Date.parse(last.asOf)).toBe(600_000);
  });

  it('shows a hold of the fleet as a pause, which it never lifts [health-and-idle#14-21]', async () => {
    const fleet = await createFleet(2);
    const hold = {
      holdId: 'h-1',
      kind: 'pause' as const,
      scope: 'fleet' as const,
      reason: 'new data',
      setBy: 'op',
      setAt: toTimestamp(fleet.clock.now()),
      expiresAt: toTimestamp(addSeconds(fleet.clock.now(), 1800)),
    };
    await fleet.holds.put(hold);
    const { fleet: held } = await fleet.pass(20);
    expect(held).toMatchObject({ pause: true, score: 100, mayProbe: [] });
    expect(held.pauseReasons[0]).toContain('pause of fleet by op');
    expect(await fleet.holds.listLive(fleet.clock.now())).toEqual([hold]);
    expect(fleet.told('PipelinePaused')).toEqual([]);
    expect((await fleet.pass(11)).fleet.pause).toBe(false);
  });

  it('pauses for an open stage at once, lets it be tried, and resumes when a run proves that it works', async () => {
    const fleet = await createFleet(2);
    await fleet.pass(1);
    const open = { stage: 'training' as const, failures: 5, recentEventIds: [] };
    await fleet.outcomes.putCircuit({ ...open, openedAt: toTimestamp(fleet.clock.now()) }, undefined);
    expect((await fleet.pass(1)).fleet).toMatchObject({ pause: true, mayProbe: [] });
    expect((await fleet.pass(3)).fleet).toMatchObject({ pause: true, mayProbe: ['training'] });
    await fleet.outcomes.putCircuit({ ...open, failures: 0 }, 1);
    expect((await fleet.pass(2)).fleet).toMatchObject({ pause: false, mayProbe: [] });
  });

  it('gives way to another evaluation that came in between', async () => {
    const fleet = await createFleet(1);
    const slow = { ...fleet.ports, evaluations: createMemoryFleetHealthStore() };
    const brakes = { ...fleet.ports.brakes, put: async () => false };
    await expect(scoreHealth({ ...slow, brakes }, SCORE_POLICY)).rejects.toThrow(
      'another evaluation was faster',
    );
    expect(await slow.evaluations.get()).toBeUndefined();
  });
});
