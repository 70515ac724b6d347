import { describe, expect, it } from 'vitest';
import * as z from 'zod';
import {
  nodeIdOf,
  sampleArtifact,
  sampleDelivery,
  sampleDistribution,
  sampleNode,
} from '../support/samples.ts';
import { createTestInstallation, OPERATOR } from '../support/test-installation.ts';

const soon = { heartbeatAt: '2020-01-01T00:00:00.000Z' };

const prepare = async () => {
  const installation = createTestInstallation();
  const { nodes, artifacts, deliveries, distributions } = installation.stores;
  await nodes.create(sampleNode(1));
  await nodes.create(sampleNode(2, soon));
  await nodes.create(sampleNode(3, { lifecycle: 'pending', heartbeat: undefined, heartbeatAt: undefined }));
  await nodes.create(sampleNode(4, { lifecycle: 'terminated' }));
  await artifacts.register(sampleArtifact());
  await deliveries.create(sampleDelivery(1, { state: 'transferring', attempt: 2, bytesDone: 1_000_000 }));
  await distributions.create(
    sampleDistribution({ skippedNodes: { [nodeIdOf(3)]: 'not-active' }, skippedCounts: { 'not-active': 1 } }),
  );
  return installation;
};

const errorSchema = z.object({ error: z.object({ code: z.string(), message: z.string() }) });

describe('drover status', () => {
  it('counts nodes by lifecycle and freshness, and calls unreadable queues unknown', async () => {
    const { run } = await prepare();
    const done = await run(['status', '--json']);
    // Nobody serves the queues here: part of the picture is missing, so the answer is not a plain yes.
    expect(done.exitCode).toBe(1);
    expect(done.json()).toMatchObject({
      installation: { stage: 'test', caller: OPERATOR },
      nodes: {
        living: 3,
        fresh: 1,
        stale: 1,
        neverHeard: 1,
        byLifecycle: { active: 2, pending: 1, terminated: 1, lost: 0 },
      },
      distributions: [{ distributionId: 'd-1', artifact: 'hex8_2p@12', verified: 0, targets: 2 }],
      deadLetters: expect.arrayContaining([expect.objectContaining({ queue: 'ingest', depth: 'unknown' })]),
      holds: [],
    });
  });

  it('says on its first line which installation it is', async () => {
    const { run } = await prepare();
    const [first] = (await run(['status'])).out.split('\n');
    expect(first).toMatch(
      /^Stage test at http:\/\/127\.0\.0\.1:9 \(.*\.drover\/profile\.json\) as arn:aws:iam/,
    );
  });

  it('says unknown when the nodes cannot be listed: no answer is not an empty fleet', async () => {
    const { run, stores } = await prepare();
    stores.nodes.listByLifecycle = () => Promise.reject(new Error('throttled'));
    const done = await run(['status', '--json']);
    expect(done.exitCode).toBe(1);
    expect(done.json()).toMatchObject({ nodes: { unknown: expect.stringContaining('throttled') } });
  });
});

describe('drover nodes', () => {
  it('lists living nodes as tab-separated fields when piped', async () => {
    const { run } = await prepare();
    const lines = (await run(['nodes', 'list'])).out.trim().split('\n');
    expect(lines).toHaveLength(4);
    expect(lines[0]).toMatch(/^NODE\tPROVIDER\tINSTANCE/);
    expect(lines[3]).toContain('\tnever\t?\t?\t?');
  });

  it('leaves out what a node did not report, and never calls it 0', async () => {
    const { run } = await prepare();
    const listed = z
      .object({ nodes: z.array(z.record(z.string(), z.unknown())) })
      .parse((await run(['nodes', 'list', '--all', '--json'])).json());
    expect(listed.nodes).toHaveLength(4);
    expect(listed.nodes[2]).not.toHaveProperty('diskUsedPercent');
    expect(listed.nodes[0]).not.toHaveProperty('gpuUtilizationPercent');
  });

  it('shows one node with its deliveries', async () => {
    const { run } = await prepare();
    const shown = await run(['nodes', 'show', nodeIdOf(1)]);
    expect(shown.out).toContain('transferring (attempt 2)\t1.0 MB of 200 MB');
  });

  it('prints a join token once, with the line that starts an agent, and audits without the token', async () => {
    const { run, stores } = await prepare();
    const { token, startCommand } = z
      .object({ token: z.string(), startCommand: z.string() })
      .parse((await run(['nodes', 'token', '--ttl', '30m', '--uses', '2', '--json'])).json());
    expect(token).toMatch(/^drover_[0-9a-f]{16}_\d+_/);
    expect(startCommand).toContain(`DROVER_JOIN_TOKEN=${token}`);
    const [row] = await stores.audit.listByAction('mint-join-token', 5);
    expect(row?.actor).toBe(OPERATOR);
    expect(JSON.stringify(row)).not.toContain(token);
  });

  it('names the embedded cloud in the line that starts an agent against it', async () => {
    const { run } = await prepare();

    const { out } = await run(['nodes', 'token']);
    const { startCommand } = z
      .looseObject({ startCommand: z.string() })
      .parse((await run(['nodes', 'token', '--json'])).json());

    const line = /^AWS_ENDPOINT_URL=http:\S+ DROVER_ENROLMENT_URL=\S+ DROVER_JOIN_TOKEN=drover_/;
    expect(out.split('\n').map((each) => each.trim())).toContainEqual(expect.stringMatching(line));
    expect(startCommand).toMatch(line);
  });

  it('revokes a join token by its id, audited, and says so when there is none', async () => {
    const { run, stores } = await prepare();
    const { tokenId } = z
      .looseObject({ tokenId: z.string() })
      .parse((await run(['nodes', 'token', '--json'])).json());
    expect((await run(['nodes', 'revoke-token', tokenId, '--reason', 'leaked'])).exitCode).toBe(0);
    const [row] = await stores.audit.listByAction('revoke-join-token', 5);
    expect(row).toMatchObject({ actor: OPERATOR, subject: `token:${tokenId}`, reason: 'leaked' });
    expect((await run(['nodes', 'revoke-token', '0123456789abcdef'])).exitCode).toBe(1);
    expect((await run(['nodes', 'revoke-token', 'nonsense'])).exitCode).toBe(2);
  });

  it('revokes a node, and says so when there is none', async () => {
    const { run, stores } = await prepare();
    expect((await run(['nodes', 'revoke', nodeIdOf(1), '--reason', 'stolen'])).exitCode).toBe(0);
    expect((await stores.nodes.get(nodeIdOf(1)))?.revokedAt).toBeDefined();
    expect((await run(['nodes', 'revoke', nodeIdOf(9)])).exitCode).toBe(1);
  });
});

describe('drover distributions', () => {
  it('shows state, progress and reason of each node', async () => {
    const { run } = await prepare();
    const { nodes } = z
      .object({ nodes: z.array(z.object({ nodeId: z.string(), state: z.string(), reason: z.string() })) })
      .parse((await run(['distributions', 'show', 'd-1', '--json'])).json());
    expect(nodes.map(({ nodeId, state, reason }) => [nodeId, state, reason])).toEqual([
      [nodeIdOf(1), 'transferring (attempt 2)', ''],
      [nodeIdOf(2), 'pending', 'no delivery row yet'],
      [nodeIdOf(3), 'skipped', 'not-active'],
    ]);
  });
});

describe('drover freeze, holds, release', () => {
  it('sets a hold that ends, lists it and releases it', async () => {
    const { run, stores } = await prepare();
    expect((await run(['freeze', '--for', '2h', '--reason', 'incident'])).exitCode).toBe(0);
    const { holds } = z
      .object({ holds: z.array(z.object({ holdId: z.string(), kind: z.string(), scope: z.string() })) })
      .parse((await run(['holds', '--json'])).json());
    expect(holds).toMatchObject([{ kind: 'freeze', scope: 'fleet' }]);
    expect((await run(['release', holds[0]?.holdId ?? ''])).exitCode).toBe(0);
    expect((await run(['release', holds[0]?.holdId ?? ''])).exitCode).toBe(1);
    expect(await stores.audit.listByAction('release-hold', 5)).toMatchObject([{ actor: OPERATOR }]);
  });
});

describe('errors', () => {
  it.each([
    [['nodes', 'lst'], 2, 'usage'],
    [['nodes'], 2, 'usage'],
    [['freeze', '--for', '2h'], 2, 'usage'],
    [['nodes', 'show', 'x'], 2, 'usage'],
    [['events', 'put', 'Nothing'], 2, 'usage'],
    [['status', '--stage', 'other'], 3, 'not-connected'],
    [['status', '--profile', 'gone'], 3, 'not-connected'],
    [['distributions', 'show', 'd-9'], 1, 'failed'],
  ])('%j ends with %i and one JSON object on standard error', async (args, exitCode, code) => {
    const { run } = await prepare();
    const done = await run([...args, '--json']);
    expect(done.exitCode).toBe(exitCode);
    expect(done.out).toBe('');
    expect(errorSchema.parse(JSON.parse(done.error)).error.code).toBe(code);
  });

  it('are one line for people, and the stack only with DROVER_DEBUG=1', async () => {
    const { run } = await prepare();
    expect((await run(['distributions', 'show', 'd-9'])).error).toMatch(
      /^drover: there is no distribution d-9[^\n]*\n$/,
    );
    const debug = await run(['distributions', 'show', 'd-9'], { environment: { DROVER_DEBUG: '1' } });
    expect(debug.error).toMatch(/\n\s+at /);
  });
});
