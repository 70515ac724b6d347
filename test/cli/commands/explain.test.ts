import { describe, expect, it } from 'vitest';
import { KEEP_REASONS } from '../../../lib/idle/idle-reason.ts';
import { emptyLedger } from '../../../lib/idle/ledger.ts';
import type { Node } from '../../../lib/nodes/node.ts';
import { ago, createIdleInstallation, idleNode, nodeIdOf } from '../support/idle-fleet.ts';
import { sampleArtifact } from '../support/samples.ts';

const ID = nodeIdOf(1);
const drain = {
  drainId: 'dr-1',
  epoch: 1,
  startedAt: ago(600),
  acknowledgeBy: ago(-1200),
  drainUntil: ago(-1800),
  reason: 'idle',
};
const withSsh = (node: Node): Node => ({
  ...node,
  heartbeat: node.heartbeat && { ...node.heartbeat, sshSessions: 1 },
});

const explainFirstLine = async (node: Node, mode: 'enforce' | 'observe' | 'off' = 'enforce') => {
  const { run } = await createIdleInstallation([node], { mode });
  const done = await run(['explain', ID]);
  return done.out.split('\n')[0];
};

describe('drover explain', () => {
  it('answers in one sentence that a node begins to drain', async () => {
    expect(await explainFirstLine(idleNode(1))).toBe(
      `${ID} (vast 1, $2.00/h) begins to drain with the next cycle: it is idle and nothing would be lost (idle).`,
    );
  });

  it('says in `observe` that it only would', async () => {
    expect(await explainFirstLine(idleNode(1), 'observe')).toContain(
      'would begin to drain with the next cycle (observed only)',
    );
  });

  it('names the first reason and all others', async () => {
    expect(await explainFirstLine(withSsh(idleNode(1)), 'off')).toBe(
      `${ID} (vast 1, $2.00/h) is kept: idle shutdown is off for its provider (mode-off); also ssh-session.`,
    );
  });

  it('says what a draining node waits for, and that a terminating one is asked for', async () => {
    expect(await explainFirstLine(idleNode(1, { lifecycle: 'draining', drain, drainEpoch: 1 }))).toContain(
      'drains, and the next cycle gives it back: its drain has no slot',
    );
    const termination = {
      terminationId: 'dr-1',
      requestedAt: ago(60),
      reason: 'idle',
      abandonsData: false,
      attempts: 1,
      nextAttemptAt: ago(-60),
      lastOutcome: 'transient',
    };
    expect(await explainFirstLine(idleNode(1, { lifecycle: 'terminating', drain, termination }))).toContain(
      'is terminating and waits: the last request failed, and the next is not due yet (backoff)',
    );
  });

  it('says since when its provider cannot be listed, which keeps a node that is drained', async () => {
    const { heartbeat, bootId } = idleNode(1);
    const promised = { ...drain, acknowledgedAt: ago(300), acknowledgedBootId: bootId };
    const node = idleNode(1, {
      lifecycle: 'draining',
      drain: promised,
      drainEpoch: 1,
      ...(heartbeat && { heartbeat: { ...heartbeat, mode: 'draining' } }),
    });
    const { run, stores } = await createIdleInstallation([node]);
    const slot = { nodeId: ID, group: 'trainer#RTX 4090', takenAt: ago(600) };
    await stores.ledgers.put('vast', 'real', { ...emptyLedger, pending: { 'dr-1': slot } });
    const { revision, ...state } = (await stores.providerStates.get('vast')) ?? expect.fail();
    const failure = { kind: 'transient', message: 'HTTP 500', since: ago(120) };
    await stores.providerStates.put({ ...state, failure }, revision);

    const { out } = await run(['explain', ID]);

    expect(out.split('\n')[0]).toContain(
      'drains and waits: the last listing lacks its instance (instance-unknown)',
    );
    expect(out).toMatch(
      /vast cannot be listed since 2026-11-23T11:58:00Z?: HTTP 500|vast cannot be listed since .*: HTTP 500/,
    );
  });

  it('names the way out of a termination that takes too long, and says what comes back', async () => {
    const termination = {
      terminationId: 'dr-1',
      requestedAt: ago(700),
      reason: 'idle',
      abandonsData: false,
      attempts: 0,
      nextAttemptAt: ago(60),
    };
    const terminating = idleNode(1, { lifecycle: 'terminating', drain, termination });
    const accepted = { ...terminating, termination: { ...termination, acceptedAt: ago(650) } };
    const { run } = await createIdleInstallation([accepted], { mode: 'off' });

    expect((await run(['explain', ID])).out).toContain(
      `takes too long; the way out: end the instance 1 in the console of vast, or \`drover nodes terminate ${ID} --force`,
    );
    expect(await explainFirstLine(terminating, 'off')).toContain(
      'is terminating, and the next cycle gives it back: the mode of its provider changed (mode-changed)',
    );
  });

  it('calls an ended node ended', async () => {
    expect(await explainFirstLine(idleNode(1, { lifecycle: 'terminated', endedAt: ago(5) }))).toBe(
      `${ID} (vast 1, $2.00/h) is terminated since ${ago(5)}.`,
    );
  });

  it('lists every predicate with value, limit, time and where its limit is set', async () => {
    const { run } = await createIdleInstallation([withSsh(idleNode(1))], {
      mode: 'enforce',
      roles: { trainer: { idleThresholdSeconds: 7200 } },
    });
    const { out } = await run(['explain', ID]);
    const lines = out.split('\n');
    expect(lines).toContain('block\tssh-session\t1\t0\t\t');
    expect(lines).toContain(
      `block\tidle-too-short\t60 min\t2.0 h\t${ago(3610).replace('.000', '')}\tidle.roles.trainer`,
    );
    expect(lines).toContain('pass\tsaving-too-small\t$2.00/h\t$0.10/h\t\tbuilt-in');
    const shown = lines.map((line) => line.split('\t')[1]);
    for (const reason of KEEP_REASONS) {
      // Holds and work were read.
      if (reason === 'holds-unreadable' || reason === 'work-not-read') continue;
      expect(shown).toContain(reason);
    }
  });

  it('says what would be lost: what is missing from the store, unflushed bytes, and files with paths and bytes', async () => {
    const { run, stores, holding } = await createIdleInstallation([]);
    const known = 'ab'.repeat(32);
    await stores.artifacts.register(sampleArtifact({ artifactId: known, storeReplica: undefined }));
    const node = idleNode(1);
    const entries = [
      { artifactId: known, bytes: 5, path: 'games.npz' },
      { artifactId: 'cd'.repeat(32), bytes: 9_000_000, path: 'notes.bin' },
    ];
    const sample = [{ path: '/workspace/run.ckpt', bytes: 2_000_000 }];
    await stores.nodes.create(
      holding(
        { ...node, heartbeat: node.heartbeat && { ...node.heartbeat, unflushedBytes: 1500 } },
        entries,
        {
          unclaimed: { count: 3, bytes: 2_000_100, sample },
        },
      ),
    );

    const { out } = await run(['explain', ID]);

    expect(out).toContain('Data could be lost with it: missing-from-store, unflushed-data, unclaimed-data.');
    expect(out).toContain('log not in the object store: 1.5 kB');
    expect(out).toContain('unclaimed files: 4 (11.0 MB)');
    expect(out).toMatch(/9\.0 MB {2}notes\.bin\n +2\.0 MB {2}\/workspace\/run\.ckpt\n +and 2 smaller ones/);
    expect(out).toContain(known);
  });

  it('shows the waiver, and whether it covers what is there now', async () => {
    const waiver = { waivedBy: 'me', waivedAt: ago(60), reason: 'scratch', expiresAt: ago(-60) };
    const { run, stores, holding } = await createIdleInstallation([]);
    const unclaimed = { count: 2, bytes: 10, sample: [] };
    await stores.nodes.create(
      holding(idleNode(1, { dataWaiver: { ...waiver, count: 2, bytes: 10 } }), [], { unclaimed }),
    );
    await stores.nodes.create(
      holding(idleNode(2, { dataWaiver: { ...waiver, count: 1, bytes: 10 } }), [], { unclaimed }),
    );
    expect((await run(['explain', ID])).out).toContain('waiver of 2 files (10 B) by me until');
    expect((await run(['explain', nodeIdOf(2)])).out).toContain('covers nothing now');
  });

  it('is one document with --json, and calls unknown what could not be read', async () => {
    const { run, stores } = await createIdleInstallation([idleNode(1)]);
    stores.documents.read = () => Promise.reject(new Error('throttled'));
    const done = await run(['explain', ID, '--json']);
    expect(done.json()).toMatchObject({
      nodeId: ID,
      stage: 'idle',
      action: 'drain',
      reason: 'idle',
      mayLose: 'unknown',
      checks: expect.arrayContaining([expect.objectContaining({ reason: 'gpu-busy', from: 'built-in' })]),
    });
  });

  it('draws it anew until Ctrl-C with --watch, and outlives a reading that fails', async () => {
    const { run, stores } = await createIdleInstallation([idleNode(1)]);
    const interruption = new AbortController();
    const { get } = stores.nodes;
    let looks = 0;
    const done = await run(['explain', ID, '--watch', '--json'], {
      signal: interruption.signal,
      sleep: async () => {
        looks += 1;
        stores.nodes.get = looks === 1 ? () => Promise.reject(new Error('throttled')) : get;
        if (looks === 3) interruption.abort();
      },
    });
    expect(done.exitCode).toBe(0);
    expect(done.out.trim().split('\n')).toHaveLength(2);
    expect(done.error).toContain('throttled');
  });

  it('writes nothing', async () => {
    const { run, stores } = await createIdleInstallation([idleNode(1)]);
    const before = await stores.nodes.get(ID);
    await run(['explain', ID]);
    expect(await stores.nodes.get(ID)).toEqual(before);
    expect(await stores.ledgers.get('vast', 'real')).toMatchObject({ revision: 0 });
    expect(stores.sender.sent).toEqual([]);
  });

  it('says so when there is no such node', async () => {
    const { run } = await createIdleInstallation([]);
    expect((await run(['explain', ID])).exitCode).toBe(1);
  });
});
