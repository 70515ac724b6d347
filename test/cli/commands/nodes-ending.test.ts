import { describe, expect, it } from 'vitest';
import type { Node } from '../../../lib/nodes/node.ts';
import { ago, createIdleInstallation, idleNode, nodeIdOf, PRICE } from '../support/idle-fleet.ts';
import { OPERATOR } from '../support/test-installation.ts';

const ID = nodeIdOf(1);
const force = ['nodes', 'terminate', ID, '--force', '--reason', 'agent is stuck'];
const unclaimed = { count: 2, bytes: 3_000_000, sample: [{ path: '/workspace/a.bin', bytes: 2_900_000 }] };

const prepare = async (changes: Partial<Node> = {}, inventory: { unclaimed?: typeof unclaimed } = {}) => {
  const installation = await createIdleInstallation([]);
  await installation.stores.nodes.create(installation.holding(idleNode(1, changes), [], inventory));
  await installation.stores.instances.put(
    {
      instance: {
        provider: 'vast',
        instanceId: '1',
        status: 'running',
        rawStatus: 'running',
        bills: true,
        chargeMicroUsdPerHour: PRICE,
      },
      firstSeenAt: ago(7200),
      misses: 0,
      meter: {
        charge: {},
        since: ago(7200),
        closed: { day: '', dayAmount: '0', month: '', monthAmount: '0' },
      },
    },
    undefined,
  );
  return installation;
};

describe('drover nodes terminate', () => {
  it('refuses without --force and says what to do instead', async () => {
    const { run, stores } = await prepare();
    const done = await run(['nodes', 'terminate', ID]);
    expect(done.exitCode).toBe(2);
    expect(done.error).toContain(`drover explain ${ID}`);
    expect((await stores.nodes.get(ID))?.lifecycle).toBe('active');
  });

  it('needs a reason, and somebody who says yes', async () => {
    const { run, stores } = await prepare();
    expect((await run(['nodes', 'terminate', ID, '--force'])).error).toContain('--reason is needed');
    expect((await run(force)).exitCode).toBe(2);
    const asked: string[] = [];
    const refused = await run(force, {
      interactive: true,
      confirm: async (question) => {
        asked.push(question);
        return false;
      },
    });
    expect(refused.exitCode).toBe(2);
    expect(asked).toEqual([expect.stringContaining('Nothing would be lost.')]);
    expect((await stores.nodes.get(ID))?.lifecycle).toBe('active');
    expect(await stores.audit.listByAction('force-termination', 5)).toEqual([]);
  });

  it('writes the termination with who and what it costs, audited', async () => {
    const { run, stores } = await prepare();
    const done = await run([...force, '--yes']);
    expect(done.exitCode).toBe(0);
    const node = await stores.nodes.get(ID);
    expect(node).toMatchObject({
      lifecycle: 'terminating',
      termination: {
        terminationId: expect.stringMatching(/^t-[0-9a-f]{24}$/),
        reason: 'forced',
        forcedBy: OPERATOR,
        abandonsData: false,
        attempts: 0,
        microUsdPerHour: PRICE,
      },
    });
    expect(await stores.audit.listByAction('force-termination', 5)).toMatchObject([
      { subject: `node:${ID}`, actor: OPERATOR, reason: 'agent is stuck' },
    ]);
    expect((await run([...force, '--yes'])).error).toContain('terminating already');
  });

  it('forces one that is terminating after its drain: the same termination, due now, which no promise holds back', async () => {
    const { run, stores } = await prepare({
      lifecycle: 'terminating',
      termination: {
        terminationId: 'dr-1',
        requestedAt: ago(3000),
        reason: 'idle',
        abandonsData: false,
        attempts: 3,
        nextAttemptAt: ago(-800),
        lastOutcome: 'accepted',
        acceptedAt: ago(2000),
      },
    });
    expect((await run([...force, '--yes'])).exitCode).toBe(0);
    expect((await stores.nodes.get(ID))?.termination).toMatchObject({
      terminationId: 'dr-1',
      reason: 'forced',
      forcedBy: OPERATOR,
      attempts: 3,
      nextAttemptAt: ago(0),
      acceptedAt: ago(2000),
    });
    const [row] = await stores.audit.listByAction('force-termination', 5);
    expect(row?.evidence).toMatchObject({ terminationId: 'dr-1', lifecycle: 'terminating' });
  });

  it('refuses while data would be lost, names it, and goes with --abandon-data', async () => {
    const { run, stores } = await prepare({}, { unclaimed });
    const refused = await run([...force, '--yes']);
    expect(refused.exitCode).toBe(1);
    expect(refused.error).toContain('/workspace/a.bin');
    expect(refused.error).toContain('--abandon-data');
    expect((await stores.nodes.get(ID))?.lifecycle).toBe('active');

    const done = await run([...force, '--abandon-data', '--yes']);
    expect(done.exitCode).toBe(0);
    expect(done.error).toContain('/workspace/a.bin');
    expect((await stores.nodes.get(ID))?.termination?.abandonsData).toBe(true);
  });

  it.each([
    [['protect', ID, '--reason', 'debugging'], 'protected'],
    [['freeze', '--scope', 'provider:vast', '--reason', 'incident'], 'frozen (provider:vast)'],
  ])('refuses after %j until the hold is released', async (hold, word) => {
    const { run } = await prepare();
    await run(hold);
    const refused = await run([...force, '--abandon-data', '--yes']);
    expect(refused.exitCode).toBe(1);
    expect(refused.error).toContain(word);
    const [, holdId = ''] = /drover release (h-[0-9a-f]+)/.exec(refused.error) ?? [];
    expect((await run(['release', holdId])).exitCode).toBe(0);
    expect((await run([...force, '--yes'])).exitCode).toBe(0);
  });

  it('survives a heartbeat between the read and the write', async () => {
    const { run, stores } = await prepare();
    const { beginTermination } = stores.nodes;
    let beats = 0;
    stores.nodes.beginTermination = async (nodeId, revision, termination) => {
      beats += 1;
      return beats === 1 ? false : beginTermination(nodeId, revision, termination);
    };
    expect((await run([...force, '--yes'])).exitCode).toBe(0);
    expect((await stores.nodes.get(ID))?.lifecycle).toBe('terminating');
  });
});

describe('drover nodes waive-data', () => {
  const waive = ['nodes', 'waive-data', ID, '--reason', 'scratch'];

  it('shows what is unclaimed and writes a waiver of exactly that, audited', async () => {
    const { run, stores } = await prepare({}, { unclaimed });
    expect((await run(waive)).exitCode).toBe(2);
    const done = await run([...waive, '--yes']);
    expect(done.exitCode).toBe(0);
    expect(done.error).toContain('/workspace/a.bin');
    expect((await stores.nodes.get(ID))?.dataWaiver).toEqual({
      waivedBy: OPERATOR,
      waivedAt: ago(0),
      reason: 'scratch',
      expiresAt: ago(-86_400),
      count: 2,
      bytes: 3_000_000,
    });
    expect(await stores.audit.listByAction('waive-data', 5)).toMatchObject([
      { actor: OPERATOR, reason: 'scratch', evidence: { count: 2, bytes: 3_000_000 } },
    ]);
    expect((await run(['explain', ID])).out).toContain('begins to drain');
  });

  it('refuses when there is nothing to waive, when it is unknown, and for more than 30 days', async () => {
    expect((await (await prepare()).run([...waive, '--yes'])).error).toContain('no unclaimed files');
    const unknown = await prepare();
    await unknown.stores.nodes.create(idleNode(2));
    expect(
      (await unknown.run(['nodes', 'waive-data', nodeIdOf(2), '--reason', 'x', '--yes'])).error,
    ).toContain('it is not known');
    const { run } = await prepare({}, { unclaimed });
    expect((await run([...waive, '--yes', '--for', '31d'])).exitCode).toBe(1);
  });
});

describe('drover nodes resume', () => {
  const drain = {
    drainId: 'dr-1',
    epoch: 1,
    startedAt: ago(100),
    drainUntil: ago(-1800),
    reason: 'idle',
  };
  const resume = ['nodes', 'resume', ID, '--reason', 'needed'];

  it('gives the node back, tells its agent and says who it was', async () => {
    const { run, stores } = await prepare({ lifecycle: 'draining', drain, drainEpoch: 1 });
    expect((await run(resume)).exitCode).toBe(0);
    expect(await stores.nodes.get(ID)).toMatchObject({
      lifecycle: 'active',
      endedDrain: { drainId: 'dr-1', reason: 'resumed-by-operator', announcedAt: ago(0) },
    });
    expect(stores.sender.sent).toMatchObject([{ type: 'resume', nodeId: ID, drainId: 'dr-1' }]);
    expect(await stores.audit.listByAction('resume-node', 5)).toMatchObject([
      { actor: OPERATOR, reason: 'needed' },
    ]);
    expect(await stores.audit.listByAction('cancel-drain', 5)).toMatchObject([{ actor: OPERATOR }]);
  });

  it('refuses a node that does not drain, and one whose end was decided', async () => {
    const active = await prepare();
    expect((await active.run(resume)).error).toContain('does not drain');
    await active.run([...force, '--yes']);
    expect((await active.run(resume)).error).toContain('cannot be taken back');
  });
});

describe('drover protect', () => {
  it('is a freeze of one node that holds lists and release ends', async () => {
    const { run, stores } = await prepare();
    expect((await run(['protect', ID, '--for', '4h', '--reason', 'debugging'])).exitCode).toBe(0);
    expect(await stores.holds.listLive(new Date(ago(0)))).toMatchObject([
      { kind: 'freeze', scope: `node:${ID}`, expiresAt: ago(-4 * 3600), setBy: OPERATOR },
    ]);
    expect((await run(['holds'])).out).toContain(`freeze\tnode:${ID}\t4.0 h`);
    expect((await run(['explain', ID])).out).toContain('is kept: somebody protects it (protected)');
  });

  it('refuses a node that is not there: a typing error would protect nothing', async () => {
    const { run } = await prepare();
    expect((await run(['protect', nodeIdOf(9), '--reason', 'x'])).exitCode).toBe(1);
  });

  it.each(['freeze', 'pause'])('%s lasts two hours when nothing is said', async (kind) => {
    const { run, stores } = await prepare();
    expect((await run([kind, '--reason', 'incident'])).exitCode).toBe(0);
    expect(await stores.holds.listLive(new Date(ago(0)))).toMatchObject([{ expiresAt: ago(-7200) }]);
  });
});
