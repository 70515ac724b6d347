import { describe, expect, it } from 'vitest';
import { ago, createIdleInstallation, idleNode, nodeIdOf, PRICE } from '../support/idle-fleet.ts';

const drain = {
  drainId: 'dr-1',
  epoch: 1,
  startedAt: ago(60),
  acknowledgedAt: ago(50),
  acknowledgedBootId: 'boot-2',
  acknowledgeBy: ago(-1200),
  drainUntil: ago(-1800),
  reason: 'idle',
};

const prepare = async (mode: 'enforce' | 'observe' = 'enforce') => {
  const { heartbeat } = idleNode(3);
  const installation = await createIdleInstallation(
    [
      idleNode(1),
      idleNode(2, { lifecycle: 'draining', drain, drainEpoch: 1 }),
      idleNode(3, { heartbeat: heartbeat && { ...heartbeat, sshSessions: 1 } }),
      idleNode(4, { role: 'selfplay' }),
    ],
    { mode },
  );
  const slot = { nodeId: nodeIdOf(2), group: 'trainer#RTX 4090', takenAt: ago(60) };
  await installation.stores.ledgers.put('vast', 'real', {
    pending: { 'dr-1': slot },
    terminations: [],
    revision: 0,
  });
  return installation;
};

describe('drover idle plan', () => {
  it('shows what drains, when the others would, and why the rest is kept', async () => {
    const { run } = await prepare();
    const { out, exitCode } = await run(['idle', 'plan']);
    expect(exitCode).toBe(0);
    const lines = out.trim().split('\n');
    expect(lines[0]).toContain(
      '1 begin to drain, 0 would (observed only), 2 are kept; 1 drain or end already',
    );
    const price = '$2.00/h';
    const at = (seconds: number): string => ago(seconds).replace('.000', '');
    expect(lines.slice(-4)).toEqual([
      `${nodeIdOf(2)}\tvast\ttrainer\t${price}\tdraining\t${at(60 - 180)}\twait: drain-period`,
      `${nodeIdOf(1)}\tvast\ttrainer\t${price}\tdrains\t${at(-240)}\ttermination-gap`,
      `${nodeIdOf(3)}\tvast\ttrainer\t${price}\tkept\t\tssh-session`,
      `${nodeIdOf(4)}\tvast\tselfplay\t${price}\tkept\t\ttermination-gap, then daily-cap`,
    ]);
  });

  it('says `would` where the mode is observe', async () => {
    const { run } = await prepare('observe');
    expect((await run(['idle', 'plan'])).out).toContain(
      `${nodeIdOf(1)}\tvast\ttrainer\t$2.00/h\twould drain now`,
    );
  });

  it('is one document with --json, of one provider if asked, and writes nothing', async () => {
    const { run, stores } = await prepare();
    const before = await stores.ledgers.get('vast', 'real');
    const all = (await run(['idle', 'plan', '--provider', 'vast', '--json'])).json();
    expect(all).toMatchObject({
      ending: [{ nodeId: nodeIdOf(2), stage: 'draining', reason: 'drain-period' }],
      planned: [
        { nodeId: nodeIdOf(1), action: 'later', microUsdPerHour: PRICE },
        { action: 'keep', blockers: expect.arrayContaining(['ssh-session']) },
        { action: 'keep', heldBy: 'daily-cap' },
      ],
    });
    expect((await run(['idle', 'plan', '--provider', 'runpod', '--json'])).json()).toMatchObject({
      ending: [],
      planned: [],
    });
    expect(await stores.ledgers.get('vast', 'real')).toEqual(before);
    expect((await run(['idle', 'plan', '--provider', 'static'])).exitCode).toBe(2);
  });
});
