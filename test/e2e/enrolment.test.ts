import { createHmac, randomBytes } from 'node:crypto';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import * as z from 'zod';
import { enrollResponseSchema, refusalSchema } from '../../lib/identity/enrolment.ts';
import type { Cloud } from '../../local/cloud.ts';
import { mintToken } from '../../local/start/mint-token.ts';
import { bootCloud } from './support/boot-cloud.ts';
import { deadLetters, drover } from './support/drover.ts';
import { identityOf, startFleet, stopFleet, type TestNode, untilActive } from './support/fleet.ts';
import { callAs, callEnrolment, reportEnvelope } from './support/node-caller.ts';
import { createOperator, type Operator } from './support/operator.ts';
import { startAgent } from './support/start-agent.ts';
import { temporaryFolder } from './support/temporary-folder.ts';
import { waitFor } from './support/wait-for.ts';

const folder = temporaryFolder('enrolment');
let cloud: Cloud;
let operator: Operator;
let nodes: TestNode[];

beforeAll(async () => {
  cloud = await bootCloud({ logFolder: folder });
  operator = createOperator(cloud);
  nodes = await startFleet(cloud, operator, join(folder, 'nodes'), { one: {} });
});
afterAll(async () => {
  await stopFleet(nodes);
  await cloud?.stop();
});

const theNode = (): TestNode => {
  const [node] = nodes;
  if (node === undefined) throw new Error('there is no node');
  return node;
};

const machine = (instanceId: string) => ({
  bootId: `boot-of-${instanceId}`,
  agentVersion: 'test',
  provider: 'static',
  instanceId,
  capabilities: { acceptsKinds: ['model'], trains: false, ephemeral: false, gpuCount: 0 },
});

/** The status and the code of a refused call; its body must have the form that is promised. */
const refusalOf = async (path: string, body: unknown) => {
  const answer = await callEnrolment(cloud, path, body);
  const { error, message, retryable } = refusalSchema.parse(answer.body);
  expect(message).toMatch(/\w+ \w+/);
  return { status: answer.status, error, retryable };
};

const refused = (status: number, error: string, retryable = false) => ({ status, error, retryable });

describe('enrolment over HTTP', () => {
  it('refuses tokens that are not shaped like one of ours, and touches no table for them', async () => {
    const forged = `drover_${'0'.repeat(16)}_9999999999_${createHmac('sha256', randomBytes(32)).update('x').digest('base64url')}`;
    for (const joinToken of ['', 'drover', 'drover_1_2_3', "' OR 1=1 --", 'x'.repeat(512)]) {
      expect(await refusalOf('enroll', { ...machine('bad'), joinToken })).toEqual(
        refused(401, 'invalid-token'),
      );
    }
    // Far more than the limit of tries in a minute: a try is counted in a table, so none of these was.
    for (let tries = 0; tries < 25; tries += 1) {
      expect(await refusalOf('enroll', { ...machine('bad'), joinToken: forged })).toEqual(
        refused(401, 'invalid-token'),
      );
    }
    expect(await operator.stores.identity.getInstance('static', 'bad')).toBeUndefined();
  });

  it('refuses a token whose uses are spent with 403', async () => {
    const joinToken = await mintToken(cloud, 1);
    const first = await callEnrolment(cloud, 'enroll', { ...machine('spender'), joinToken });
    expect(first.status).toBe(200);

    expect(await refusalOf('enroll', { ...machine('latecomer'), joinToken })).toEqual(
      refused(403, 'used-token'),
    );
    const nodes = await operator.stores.nodes.listByLifecycle(['pending']);
    expect(nodes.map(({ instanceId }) => instanceId)).toEqual(['spender']);
  });

  it('refuses a token that expired with 401', async () => {
    const { token } = await drover(cloud, z.object({ token: z.string() }), 'nodes', 'token', '--ttl', '1s');
    await new Promise((resolve) => setTimeout(resolve, 1500));

    expect(await refusalOf('enroll', { ...machine('late'), joinToken: token })).toEqual(
      refused(401, 'expired-token'),
    );
  });

  it('refuses a token that was revoked with 403', async () => {
    const { token, tokenId } = await drover(
      cloud,
      z.object({ token: z.string(), tokenId: z.string() }),
      'nodes',
      'token',
    );
    await drover(cloud, z.unknown(), 'nodes', 'revoke-token', tokenId);

    expect(await refusalOf('enroll', { ...machine('thief'), joinToken: token })).toEqual(
      refused(403, 'revoked-token'),
    );
  });

  it('refuses a wrong secret, an unknown path and a body that is no JSON, each with its own code', async () => {
    const { nodeId } = theNode();
    expect(
      await refusalOf('credentials', { nodeId, nodeSecret: 'guess', bootId: 'b', agentVersion: 'test' }),
    ).toEqual(refused(401, 'invalid-secret'));
    expect(await refusalOf('admin', {})).toEqual(refused(404, 'not-found'));
    expect(await refusalOf('enroll', 'not json')).toEqual(refused(400, 'malformed-request'));
  });

  it('gives the same node and a new secret to a machine that lost the answer', async () => {
    const joinToken = await mintToken(cloud, 1);
    const ask = async () => {
      const { status, body } = await callEnrolment(cloud, 'enroll', { ...machine('unlucky'), joinToken });
      expect(status).toBe(200);
      return enrollResponseSchema.parse(body);
    };
    const first = await ask();
    const second = await ask();

    expect(second.nodeId).toBe(first.nodeId);
    expect(second.nodeSecret).not.toBe(first.nodeSecret);
  });

  it('lets one machine at a time be an instance', async () => {
    const joinToken = await mintToken(cloud, 1);
    expect(await refusalOf('enroll', { ...machine(theNode().instanceId), joinToken })).toEqual(
      refused(409, 'instance-already-enrolled', true),
    );
  });
});

describe('a node that lives', () => {
  it('is not taken over by a second boot with a copy of its identity, and everybody hears of it', async () => {
    const { nodeId, dataFolder, instanceId } = theNode();
    const copy = { ...machine(instanceId), ...identityOf(dataFolder), bootId: 'second-boot' };

    expect(await refusalOf('enroll', copy)).toEqual(refused(409, 'boot-id-conflict', true));
    const [conflict] = await waitFor(
      async () => {
        const events = await operator.events('NodeBootConflict');
        return events.length > 0 ? events : undefined;
      },
      10,
      'NodeBootConflict in the events log',
    );
    const { bootId } = z.looseObject({ bootId: z.string() }).parse(await operator.stores.nodes.get(nodeId));
    expect(conflict?.detail).toMatchObject({ nodeId, liveBootId: bootId, refusedBootId: 'second-boot' });
  });

  it('keeps its nodeId when its agent starts again', async () => {
    const node = theNode();
    await node.agent.stop();
    const agent = await startAgent(cloud, node);
    nodes = [{ ...node, agent }];
    await waitFor(
      () => agent.logs().includes('"again":true'),
      20,
      () => `the agent to enrol again: ${agent.logs()}`,
    );

    expect(await untilActive(operator, agent)).toBe(node.nodeId);
    expect(await operator.stores.nodes.listByLifecycle(['active'])).toHaveLength(1);
  });
});

describe('a node that is revoked', () => {
  it('gets no new credentials, and its reports go to the dead letters', async () => {
    const node = theNode();
    // The credentials that it has when it is revoked: they live on for up to an hour.
    const before = await callAs(cloud, operator, node);
    const identity = identityOf(node.dataFolder);
    await drover(
      cloud,
      z.object({ revoked: z.literal(true) }),
      ...['nodes', 'revoke', node.nodeId, '--yes', '--reason', 'test'],
    );

    const { bootId } = before;
    expect(await refusalOf('credentials', { ...identity, bootId, agentVersion: 'test' })).toEqual(
      refused(403, 'node-revoked'),
    );
    expect(await refusalOf('enroll', { ...machine(node.instanceId), ...identity, bootId })).toEqual(
      refused(403, 'node-revoked'),
    );
    const notice = { type: 'termination-notice', notice: { reason: 'sigterm', deadlineSeconds: 1 } };
    await before.report({ ...reportEnvelope(node.nodeId, bootId), ...notice });
    const letter = await waitFor(
      async () =>
        (await deadLetters(cloud, 'reports')).find(({ body }) => body.includes('"deadlineSeconds":1}')),
      15,
      'the report in the dead letters',
    );
    expect(letter.reason).toContain(`node ${node.nodeId}, which was revoked`);
    expect(await operator.events('NodeRevoked')).toHaveLength(1);
  });
});

describe('one source that tries again and again', () => {
  it('is held to 20 tries in a minute', async () => {
    const guess = { nodeId: theNode().nodeId, nodeSecret: 'guess', bootId: 'b', agentVersion: 'test' };
    const answers = [];
    // Twice the limit and one more: a new minute may begin in between.
    for (let tries = 0; tries < 41; tries += 1) answers.push(await refusalOf('credentials', guess));

    expect(answers).toContainEqual(refused(429, 'rate-limited', true));
  });
});
