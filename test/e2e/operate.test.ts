import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import * as z from 'zod';
import { deadLetterQueues } from '../../cli/dead-letters.ts';
import type { Cloud } from '../../local/cloud.ts';
import { writeProfile } from '../../local/start/write-profile.ts';
import { LOCAL_STAGE } from '../../local/synth.ts';
import { bootCloud } from './support/boot-cloud.ts';
import { deadLetters, drover, promote, publish } from './support/drover.ts';
import { startFleet, stopFleet, type TestNode } from './support/fleet.ts';
import { makeFile } from './support/make-file.ts';
import { createOperator, type Operator } from './support/operator.ts';
import { runCli } from './support/run-cli.ts';
import { startProcess } from './support/run-process.ts';
import { temporaryFolder } from './support/temporary-folder.ts';
import { untilVerified } from './support/until-verified.ts';
import { waitFor } from './support/wait-for.ts';

const folder = temporaryFolder('operate');
let cloud: Cloud;
let operator: Operator;
let nodes: TestNode[];
let artifactId: string;

beforeAll(async () => {
  cloud = await bootCloud({ logFolder: folder });
  operator = createOperator(cloud);
  nodes = await startFleet(cloud, operator, join(folder, 'nodes'), {
    one: { DROVER_ROLE: 'trainer' },
    two: {},
  });
  const file = join(folder, 'm.pth');
  makeFile(file, 80_000);
  artifactId = await publish(cloud, { file, kind: 'model', name: 'm', version: '1' });
  await promote(cloud, 'm@1');
  await untilVerified(operator, artifactId, nodes, 30);
});
afterAll(async () => {
  await stopFleet(nodes);
  await cloud?.stop();
});

const nodeAt = (index: number): TestNode => {
  const node = nodes[index];
  if (node === undefined) throw new Error(`there is no node ${index}`);
  return node;
};

describe('drover nodes', () => {
  it('`list` has every living node with what it reported', async () => {
    const listed = await drover(
      cloud,
      z.object({ nodes: z.array(z.record(z.string(), z.unknown())) }),
      ...['nodes', 'list'],
    );

    expect(listed.nodes).toHaveLength(2);
    for (const { nodeId, instanceId } of nodes) {
      const node = listed.nodes.find((each) => each['nodeId'] === nodeId);
      expect(node).toMatchObject({
        instanceId,
        provider: 'static',
        lifecycle: 'active',
        revoked: false,
        fresh: true,
        agentVersion: expect.stringMatching(/^\d+\.\d+\.\d+/),
        slots: { total: 1, free: 1 },
      });
      expect(node?.['heartbeatAgeSeconds']).toBeLessThan(90);
    }
    expect(listed.nodes.find(({ instanceId }) => instanceId === 'one')?.['role']).toBe('trainer');
  });

  it('`show` has the record, the deliveries and the open commands of one node', async () => {
    const { nodeId, instanceId } = nodeAt(0);
    const shown = await drover(cloud, z.record(z.string(), z.unknown()), 'nodes', 'show', nodeId);

    expect(shown).toMatchObject({
      node: { nodeId, instanceId, lifecycle: 'active', leases: [] },
      deliveries: [{ artifactId, nodeId, state: 'verified', attempt: 1 }],
      openCommands: [],
    });
    expect(JSON.stringify(shown)).not.toMatch(/secret/i);
  });

  it('`show` of a node that never was exits 1 and says where to look', async () => {
    const { code, stderr } = await runCli(cloud, ['nodes', 'show', 'n-000000000000']);

    expect(code).toBe(1);
    expect(stderr).toMatch(/no node n-000000000000.*nodes list --all/);
  });

  it('`token` mints one that has the form, the uses and the time that were asked for', async () => {
    const before = Date.now();
    const minted = await drover(
      cloud,
      z.object({ token: z.string(), uses: z.number(), expiresAt: z.string(), startCommand: z.string() }),
      ...['nodes', 'token', '--ttl', '2h', '--uses', '3'],
    );

    expect(minted.token).toMatch(/^drover_[0-9a-f]{16}_\d+_[\w-]{43}$/);
    expect(minted.uses).toBe(3);
    expect(Math.abs(Date.parse(minted.expiresAt) - before - 7_200_000)).toBeLessThan(10_000);
    expect(minted.startCommand).toContain(minted.token);
  });
});

describe('drover events', () => {
  it('`put` is seen by `tail`: as it came with --outside, and as the canonical event', async () => {
    const put = ['events', 'put', 'TrainingProgressed', 'name=m', 'progressPercent=10'];
    await drover(cloud, z.unknown(), ...put, '--event-id', 'seen-by-tail', '--source', 'pipeline.test');

    const lineSchema = z.looseObject({
      name: z.string(),
      source: z.string(),
      eventId: z.string().optional(),
      detail: z.record(z.string(), z.unknown()),
    });
    const tail = async (...more: string[]) => {
      const { code, stdout } = await runCli(cloud, ['events', 'tail', '--since', '5m', '--json', ...more]);
      expect(code).toBe(0);
      return stdout
        .split('\n')
        .filter(Boolean)
        .map((line) => lineSchema.parse(JSON.parse(line)))
        .filter(({ eventId }) => eventId === 'seen-by-tail');
    };
    const [event] = await waitFor(
      async () => {
        const found = await tail('--name', 'TrainingProgressed');
        return found.length > 0 ? found : undefined;
      },
      15,
      'the canonical event in the log',
    );
    const outside = await tail('--outside');

    expect(event).toMatchObject({ source: 'drover', detail: { name: 'm', progressPercent: 10 } });
    expect(outside.map(({ source }) => source).toSorted()).toEqual(['drover', 'pipeline.test']);
  });

  it('`tail --follow` shows an event that comes while it waits, and ends at Ctrl-C', async () => {
    const profile = join(folder, 'profile.json');
    writeProfile(profile, operator.profile);
    const tail = startProcess(
      join('cli', 'bin.js'),
      ['events', 'tail', '--follow', '--since', '1s', '--json'],
      {
        env: { DROVER_PROFILE: profile },
      },
    );
    await drover(
      cloud,
      z.unknown(),
      ...['events', 'put', 'TrainingProgressed', 'name=m', 'progressPercent=11', '--event-id', 'followed'],
    );
    await waitFor(
      () => tail.stdout().includes('"followed"'),
      15,
      () => `the event; tail wrote ${tail.stdout()} ${tail.stderr()}`,
    );
    tail.child.kill('SIGINT');

    expect((await tail.finished).code).toBe(0);
  });

  it('`put` refuses a misspelt name before it sends anything', async () => {
    const { code, stderr } = await runCli(cloud, ['events', 'put', 'ModelPromotd', 'name=m']);

    expect(code).toBe(2);
    expect(stderr).toContain('there is no event "ModelPromotd"');
  });
});

describe('drover dlq and status', () => {
  it('count and show what was refused', async () => {
    const put = ['events', 'put', 'ModelPromotd', 'name=m', '--no-validate', '--source', 'pipeline.test'];
    await drover(cloud, z.unknown(), ...put);
    const [letter] = await waitFor(
      async () => {
        const letters = await deadLetters(cloud, 'ingest');
        return letters.length > 0 ? letters : undefined;
      },
      15,
      'the event in the dead letters',
    );
    expect(letter?.reason).toContain('did you mean ModelPromoted');

    const list = await drover(
      cloud,
      z.object({ queues: z.array(z.looseObject({ queue: z.string(), depth: z.number() })) }),
      ...['dlq', 'list'],
    );
    const known = deadLetterQueues(LOCAL_STAGE).map(({ name }) => [name, name === 'ingest' ? 1 : 0]);
    expect(list.queues.map(({ queue, depth }) => [queue, depth])).toEqual(known);
    const status = await drover(cloud, z.record(z.string(), z.unknown()), 'status');
    expect(status).toMatchObject({
      installation: { stage: 'local', endpoint: cloud.endpoint },
      nodes: { living: 2, fresh: 2, stale: 0, neverHeard: 0, byLifecycle: { active: 2 } },
      distributions: [],
      holds: [],
    });
    expect(status['deadLetters']).toContainEqual(expect.objectContaining({ queue: 'ingest', depth: 1 }));
  });
});

describe('drover nodes revoke', () => {
  it('ends the trust in one node: it is no target any more, and the audit trail says who did it', async () => {
    const { nodeId } = nodeAt(1);
    const reason = 'machine returned';
    await drover(cloud, z.unknown(), 'nodes', 'revoke', nodeId, '--reason', reason, '--yes');

    const file = join(folder, 'next.pth');
    makeFile(file, 80_000);
    await publish(cloud, { file, kind: 'model', name: 'm', version: '2' });
    const { plan } = await drover(
      cloud,
      z.object({
        plan: z.looseObject({
          sendNodeIds: z.array(z.string()),
          outcomes: z.array(z.looseObject({ nodeId: z.string(), reason: z.string() })),
        }),
      }),
      ...['models', 'promote', 'm@2', '--yes', '--wait', '--timeout', '30'],
    );
    expect(plan.sendNodeIds).toEqual([nodeAt(0).nodeId]);
    expect(plan.outcomes.find((outcome) => outcome.nodeId === nodeId)?.reason).toBe('revoked');
    const rows = await operator.stores.audit.listBySubject(`node:${nodeId}`, 50);
    expect(rows.find(({ action }) => action === 'revoke-node')).toMatchObject({
      reason,
      actor: expect.stringContaining('user/operator'),
    });
  });
});
