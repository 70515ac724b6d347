import { describe, expect, it } from 'vitest';
import { withTermination } from '../../lib/idle/ledger.ts';
import { shutDownIdle } from '../../lib/idle/shut-down-idle.ts';
import type { Termination } from '../../lib/nodes/drain.ts';
import { DRAIN, drainingNode, idleHeartbeat, idleNode, NOW, TERMINATION } from './fixtures.ts';
import { createIdleInstallation } from './installation.ts';

/** A node whose end is due, counted in the ledger; its agent keeps the promise. */
const startTerminating = async (changes: Partial<Termination> = {}) => {
  const installation = await createIdleInstallation(
    idleNode(
      drainingNode(
        { announcedAt: DRAIN.startedAt },
        {
          lifecycle: 'terminating',
          termination: { ...TERMINATION, ...changes },
          heartbeat: idleHeartbeat({ mode: 'draining', configDigest: 'data-1' }),
        },
      ),
    ),
  );
  const { ledgers } = installation.ports;
  const counted = withTermination(await ledgers.get('vast', 'real'), DRAIN.drainId, idleNode().nodeId, NOW);
  await ledgers.put('vast', 'real', counted);
  const cycle = () => shutDownIdle(installation.ports);
  return { ...installation, cycle };
};

const inUse = idleHeartbeat({ mode: 'draining', configDigest: 'data-1', sshSessions: 1 });

describe('a node in `terminating`', () => {
  it('comes back when it is used and the provider refused: agent, audit, event and ledger know it', async () => {
    const { ports, provider, cycle, advance, node, told } = await startTerminating();
    provider.answer = 'refused';
    await cycle();
    expect(await node()).toMatchObject({ lifecycle: 'terminating', termination: { attempts: 1 } });

    await advance(60, inUse);
    await cycle();

    expect(await node()).toMatchObject({ lifecycle: 'active', endedDrain: { reason: 'activity' } });
    expect(told()).toContainEqual(
      expect.objectContaining({ name: 'NodeDrainCancelled', reason: 'activity' }),
    );
    expect(ports.sender.sent.map(({ type }) => type)).toContain('resume');
    expect(await ports.audit.listByAction('cancel-drain', 5)).toMatchObject([{ reason: 'activity' }]);
    await advance(60, inUse);
    await cycle();
    expect(await ports.ledgers.get('vast', 'real')).toMatchObject({ pending: {}, terminations: [] });
    expect(provider.terminated).toHaveLength(1);
  });

  it('comes back only 15 minutes after an answer that says nothing, and is asked for no more meanwhile', async () => {
    const { provider, cycle, advance, node } = await startTerminating();
    provider.answer = 'transient';
    await cycle();
    await advance(60, inUse);
    for (let minute = 0; minute < 13; minute += 1) {
      await cycle();
      await advance(60, inUse);
    }
    expect((await node()).lifecycle).toBe('terminating');

    await advance(60, inUse);
    await cycle();

    expect(await node()).toMatchObject({ lifecycle: 'active', endedDrain: { reason: 'activity' } });
    expect(provider.terminated).toHaveLength(1);
  });

  it('never comes back once a request was accepted, though it is used, and says so after 10 minutes', async () => {
    const { cycle, advance, node, told, provider } = await startTerminating();
    await cycle();
    for (let minute = 0; minute < 60; minute += 1) {
      await advance(60, inUse);
      await cycle();
    }
    expect((await node()).lifecycle).toBe('terminating');
    expect(provider.terminated).toHaveLength(1);
    const stuck = told().filter(({ name }) => name === 'NodeTerminationStuck');
    expect(stuck).toMatchObject([
      { reason: 'accepted', attempts: 1, wayOut: expect.stringContaining('--force') },
    ]);
  });

  it('comes back when its agent dies before any request could be made, and an alarm names it', async () => {
    const { ports, cycle, advance, node, told } = await startTerminating();
    await ports.holds.put({
      holdId: 'h-1',
      kind: 'freeze',
      scope: 'fleet',
      reason: 'incident',
      setBy: 'somebody',
      setAt: NOW.toISOString(),
      expiresAt: '2099-01-01T00:00:00.000Z',
    });
    const silent = await node();
    Object.assign(ports.nodes, { recordHeartbeat: async () => ({ kind: 'stale' }) });
    for (let minute = 0; minute < 31; minute += 1) {
      await cycle();
      await advance(60);
    }

    const report = await cycle();

    expect(await node()).toMatchObject({ lifecycle: 'active', endedDrain: { reason: 'promise-ends' } });
    expect((await node()).heartbeatAt).toBe(silent.heartbeatAt);
    expect(told().map(({ name }) => name)).toContain('NodeDrainStuck');
    expect(report.stuckDrains).toBe(1);
  });

  it('is asked for in the same cycle when a sign of life comes between reading and asking', async () => {
    const { ports, provider, cycle, node } = await startTerminating();
    const { listLive } = ports.holds;
    let beats = 2;
    Object.assign(ports.holds, {
      listLive: async (now: Date) => {
        beats -= 1;
        if (beats === 0) await ports.nodes.markDrainAnnounced((await node()).nodeId, DRAIN.drainId, now);
        return listLive(now);
      },
    });

    await cycle();

    expect(provider.terminated).toHaveLength(1);
    expect((await node()).termination).toMatchObject({ attempts: 1, lastOutcome: 'accepted' });
  });

  it('is looked at by one reading of holds, and by another right before it is asked for', async () => {
    const { ports, cycle, provider } = await startTerminating();
    const { listLive } = ports.holds;
    let reads = 0;
    Object.assign(ports.holds, {
      listLive: async (now: Date) => {
        reads += 1;
        return listLive(now);
      },
    });

    await cycle();
    expect([reads, provider.listings]).toEqual([2, 0]);
    await cycle();
    expect([reads, provider.terminated.length]).toEqual([3, 1]);
  });

  it('is told what its agent claims by now, though it is to end: else nobody could tell what would be lost', async () => {
    const { ports, cycle, advance, node } = await startTerminating();
    const { nodeId } = await node();
    const nodeConfiguration = () => ({ digest: 'data-2', claim: [], ignore: [] });
    Object.assign(ports.settings, {
      current: async () => ({ idle: { mode: 'enforce' }, nodeConfiguration }),
    });

    await cycle();

    expect(ports.sender.sent).toMatchObject([
      { nodeId, type: 'configure', configuration: { digest: 'data-2' } },
    ]);
    expect(await node()).toMatchObject({ lifecycle: 'terminating', termination: { attempts: 0 } });
    const { inventory } = await node();
    if (inventory === undefined) throw new Error('it told no inventory');
    await advance(60, idleHeartbeat({ mode: 'draining', configDigest: 'data-2' }));
    const inventoryAt = ports.clock.now().toISOString();
    await ports.nodes.recordInventory(nodeId, { ...inventory, inventoryAt, configDigest: 'data-2' });
    await cycle();
    expect(await node()).toMatchObject({ termination: { attempts: 1, lastOutcome: 'accepted' } });
  });

  it('keeps what a person decided while the provider was asked', async () => {
    const { ports, provider, cycle, node } = await startTerminating();
    provider.meanwhile = async () => {
      const { nodeId, revision, termination = TERMINATION } = await node();
      const forced = { ...termination, reason: 'forced', forcedBy: 'arn:somebody', abandonsData: true };
      expect(await ports.nodes.recordTermination(nodeId, revision, forced)).toBe(true);
    };

    await cycle();

    expect((await node()).termination).toMatchObject({
      forcedBy: 'arn:somebody',
      abandonsData: true,
      lastOutcome: 'accepted',
    });
  });
});
