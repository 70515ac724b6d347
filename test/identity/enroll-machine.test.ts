import { describe, expect, it } from 'vitest';
import { TransientError } from '../../lib/errors.ts';
import { enrollMachine } from '../../lib/identity/enroll-machine.ts';
import { issueCredentials } from '../../lib/identity/issue-credentials.ts';
import { formatJoinToken } from '../../lib/identity/join-token.ts';
import { RefusalError } from '../../lib/identity/refusal.ts';
import { revokeNode } from '../../lib/identity/revoke-node.ts';
import { makeHeartbeat } from '../nodes/fixtures.ts';
import { caller, createInstallation, makeRequest, settings } from './fixtures.ts';

type Installation = ReturnType<typeof createInstallation>;

const enroll = (to: Installation, overrides: Parameters<typeof makeRequest>[0], from = caller) =>
  enrollMachine(to.ports, settings, makeRequest(overrides), from);

const codeOf = async (call: Promise<unknown>): Promise<string> =>
  call.then(
    () => 'accepted',
    (error: unknown) => (error instanceof RefusalError ? error.code : String(error)),
  );

const join = async (to: Installation, uses = 1) => {
  const { token } = await to.mint(uses);
  const { nodeId, nodeSecret = '' } = await enroll(to, { joinToken: token });
  return { token, nodeId, nodeSecret };
};

const beat = (to: Installation, nodeId: string, seq = 1) =>
  to.nodes.recordHeartbeat(nodeId, {
    bootId: 'boot-1',
    seq,
    heartbeat: makeHeartbeat(),
    sentAt: to.clock.now(),
  });

describe('enrollMachine', () => {
  it('makes a new machine a pending node with a queue, a secret and credentials', async () => {
    const to = createInstallation();
    const { token } = await to.mint();
    const answer = await enroll(to, { joinToken: token, role: 'gpu', labels: { rack: '7' } });
    expect(answer).toMatchObject({
      region: 'eu-west-1',
      queueUrl: `${settings.nodeQueueUrlPrefix}${answer.nodeId}`,
      reportsQueueUrl: settings.reportsQueueUrl,
      artifactBucket: settings.artifactBucket,
      heartbeatIntervalSeconds: 30,
      credentials: { accessKeyId: `key-of-${answer.nodeId}` },
    });
    expect(answer.nodeSecret).toMatch(/^[\w-]{43}$/);
    expect(await to.nodes.get(answer.nodeId)).toMatchObject({
      lifecycle: 'pending',
      bootId: 'boot-1',
      role: 'gpu',
      labels: { rack: '7' },
      sourceAddress: '203.0.113.7',
      queueName: `drover-test-node-${answer.nodeId}`,
    });
    expect(to.queuesMade).toEqual([answer.nodeId]);
    expect(to.publisher.published).toMatchObject([
      { name: 'NodeEnrolled', fields: { nodeId: answer.nodeId } },
    ]);
    expect(await to.audit.listByAction('enroll-node', 9)).toHaveLength(1);
    expect(JSON.stringify(await to.identity.getSecret(answer.nodeId))).not.toContain(answer.nodeSecret);
  });

  it('gives the same machine the same node when its answer got lost, with a new secret', async () => {
    const to = createInstallation();
    const { token, nodeId, nodeSecret } = await join(to);
    const again = await enroll(to, { joinToken: token });
    expect(again.nodeId).toBe(nodeId);
    expect(again.nodeSecret).not.toBe(nodeSecret);
    expect(await codeOf(enroll(to, { nodeId, nodeSecret }))).toBe('invalid-secret');
    expect(await to.audit.listByAction('enroll-node', 9)).toHaveLength(1);
    expect(new Set(to.publisher.published.map(({ eventId }) => eventId)).size).toBe(1);
  });

  it('gives a node that reports to nobody else, also not to its own machine and token', async () => {
    const to = createInstallation();
    const { token, nodeId, nodeSecret } = await join(to, 2);
    await beat(to, nodeId);
    expect(await codeOf(enroll(to, { joinToken: token }))).toBe('instance-already-enrolled');
    expect(await codeOf(enroll(to, { nodeId, nodeSecret }))).toBe('accepted');
    to.clock.advance(90);
    expect((await enroll(to, { joinToken: token })).nodeId).toBe(nodeId);
  });

  it('keeps the nodeId over a restart of the agent', async () => {
    const to = createInstallation();
    const { nodeId, nodeSecret } = await join(to);
    await beat(to, nodeId);
    const again = await enroll(to, { nodeId, nodeSecret });
    expect(again.nodeId).toBe(nodeId);
    expect(again).not.toHaveProperty('nodeSecret');
    expect(to.queuesMade).toEqual([nodeId, nodeId]);
  });

  it('refuses a second boot under a live node and reports it; a silent one has rebooted', async () => {
    const to = createInstallation();
    const { nodeId, nodeSecret } = await join(to);
    await beat(to, nodeId);
    const rebooted = { nodeId, nodeSecret, bootId: 'boot-2' };
    expect(await codeOf(enroll(to, rebooted))).toBe('boot-id-conflict');
    expect(await codeOf(enroll(to, rebooted))).toBe('boot-id-conflict');
    const conflicts = to.publisher.published.filter(({ name }) => name === 'NodeBootConflict');
    expect(conflicts[0]).toMatchObject({ fields: { liveBootId: 'boot-1', refusedBootId: 'boot-2' } });
    expect(new Set(conflicts.map(({ eventId }) => eventId)).size).toBe(1);
    expect((await to.nodes.get(nodeId))?.bootId).toBe('boot-1');
    to.clock.advance(89);
    expect(await codeOf(enroll(to, rebooted))).toBe('boot-id-conflict');
    to.clock.advance(1);
    expect((await enroll(to, rebooted)).nodeId).toBe(nodeId);
    expect((await to.nodes.get(nodeId))?.bootId).toBe('boot-2');
  });

  it('audits a reboot once, with the boot before and after', async () => {
    const to = createInstallation();
    const { nodeId, nodeSecret } = await join(to);
    await beat(to, nodeId);
    to.clock.advance(90);

    await enroll(to, { nodeId, nodeSecret, bootId: 'boot-2' });
    await enroll(to, { nodeId, nodeSecret, bootId: 'boot-2' });

    expect(await to.audit.listByAction('rebind-node', 9)).toMatchObject([
      { subject: `node:${nodeId}`, before: { bootId: 'boot-1' }, after: { bootId: 'boot-2' } },
    ]);
  });

  it('audits that a machine got a second secret, without the secret', async () => {
    const to = createInstallation();
    const { token, nodeId } = await join(to);

    const { nodeSecret = '' } = await enroll(to, { joinToken: token });

    const rows = await to.audit.listByAction('reissue-secret', 9);
    expect(rows).toMatchObject([{ subject: `node:${nodeId}`, reason: 'same-machine-and-token' }]);
    expect(JSON.stringify(rows)).not.toContain(nodeSecret);
  });

  it('takes silence right after the enrolment for no proof of a reboot', async () => {
    const to = createInstallation();
    const { nodeId, nodeSecret } = await join(to);
    expect(await codeOf(enroll(to, { nodeId, nodeSecret, bootId: 'boot-2' }))).toBe('boot-id-conflict');
  });

  it('refuses a secret on another instance: a copied data folder', async () => {
    const to = createInstallation();
    const { nodeId, nodeSecret } = await join(to);
    to.clock.advance(1000);
    expect(await codeOf(enroll(to, { nodeId, nodeSecret, instanceId: '2002' }))).toBe(
      'instance-already-enrolled',
    );
  });

  it('lets an instance have one live node; a silent one ends as lost', async () => {
    const to = createInstallation();
    const { nodeId: first } = await join(to);
    await beat(to, first);
    const { token } = await to.mint();
    expect(await codeOf(enroll(to, { joinToken: token, bootId: 'boot-9' }))).toBe(
      'instance-already-enrolled',
    );
    to.clock.advance(90);
    const { nodeId: second } = await enroll(to, { joinToken: token, bootId: 'boot-9' });
    expect(second).not.toBe(first);
    expect(await to.nodes.get(first)).toMatchObject({ lifecycle: 'lost' });
    expect(await to.identity.getInstance('vast', '1001')).toBe(second);
    expect(await to.audit.listByAction('end-node', 9)).toMatchObject([{ evidence: { successor: second } }]);
  });

  it.each([
    ['no token', async () => ({})],
    ['a shapeless token', async () => ({ joinToken: 'hello' })],
    ['a forged token', async () => ({ joinToken: formatJoinToken(Buffer.alloc(32), 'a'.repeat(16), 9e9) })],
  ])('refuses %s before any table is touched', async (_what, credentials) => {
    const to = createInstallation();
    await to.mint();
    await to.ports.tokens.verify(formatJoinToken(Buffer.alloc(32), 'a'.repeat(16), 1)); // The container knows its key.
    const touched: string[] = [];
    const watch = <Store extends object>(store: Store): Store =>
      new Proxy(store, {
        get: (target, property, receiver) => {
          touched.push(String(property));
          return Reflect.get(target, property, receiver);
        },
      });
    const ports = {
      ...to.ports,
      identity: watch(to.identity),
      nodes: watch(to.nodes),
      audit: watch(to.audit),
    };
    expect(await codeOf(enrollMachine(ports, settings, makeRequest(await credentials()), caller))).toBe(
      'invalid-token',
    );
    expect(touched).toEqual([]);
  });

  it('refuses used, expired and revoked tokens, each by its name', async () => {
    const to = createInstallation();
    const { token: used } = await join(to);
    expect(await codeOf(enroll(to, { joinToken: used, instanceId: '2' }))).toBe('used-token');
    const { token: revoked, tokenId } = await to.mint();
    await to.identity.revokeToken(tokenId, to.clock.now());
    expect(await codeOf(enroll(to, { joinToken: revoked, instanceId: '3' }))).toBe('revoked-token');
    const { token: expired } = await to.mint(1, 10);
    to.clock.advance(10);
    expect(await codeOf(enroll(to, { joinToken: expired, instanceId: '4' }))).toBe('expired-token');
  });

  it('limits the tries of one address in a minute, and of no other', async () => {
    const to = createInstallation();
    const wrong = { nodeId: 'n-0123456789ab', nodeSecret: 'guess' };
    const codes: string[] = [];
    for (let call = 0; call < 21; call += 1) {
      codes.push(await codeOf(enroll(to, wrong)));
    }
    expect(codes.slice(0, 20)).toEqual(Array.from({ length: 20 }, () => 'invalid-secret'));
    expect(codes[20]).toBe('rate-limited');
    expect(await codeOf(enroll(to, wrong, { sourceAddress: '198.51.100.1' }))).toBe('invalid-secret');
    to.clock.advance(60);
    expect(await codeOf(enroll(to, wrong))).toBe('invalid-secret');
  });

  it('gives one of many racing machines the last use', async () => {
    const to = createInstallation();
    const { token } = await to.mint();
    const codes = await Promise.all(
      Array.from({ length: 5 }, (_, index) =>
        codeOf(enroll(to, { joinToken: token, instanceId: `i-${index}` })),
      ),
    );
    expect(codes.filter((code) => code === 'accepted')).toHaveLength(1);
    expect(await to.nodes.listByLifecycle(['pending'])).toHaveLength(1);
  });

  it.each(['bindInstance', 'create'] as const)(
    'gives an instance one live node when a second machine states it while the first is at %s',
    async (step) => {
      const to = createInstallation();
      const first = await to.mint();
      const second = await to.mint();
      const intrude = async (): Promise<string> =>
        codeOf(enroll(to, { joinToken: second.token, bootId: 'boot-2' }));
      let intruder = 'did not call';
      const slow = {
        ...to.ports,
        identity: {
          ...to.identity,
          bindInstance: async (...args: Parameters<typeof to.identity.bindInstance>) => {
            if (step === 'bindInstance') intruder = await intrude();
            return to.identity.bindInstance(...args);
          },
        },
        nodes: {
          ...to.nodes,
          create: async (...args: Parameters<typeof to.nodes.create>) => {
            if (step === 'create') intruder = await intrude();
            return to.nodes.create(...args);
          },
        },
      };
      const request = makeRequest({ joinToken: first.token });
      const loser = await codeOf(enrollMachine(slow, settings, request, caller));
      expect({ intruder, loser }).toEqual({
        intruder: 'accepted',
        loser: step === 'create' ? 'node-ended' : 'instance-already-enrolled',
      });
      const live = await to.nodes.listByLifecycle(['pending']);
      expect(live).toMatchObject([{ nodeId: await to.identity.getInstance('vast', '1001') }]);
    },
  );

  it('ends with one node whichever step a crash hit, once the machine asks again', async () => {
    const steps = ['bind', 'queue', 'secret', 'node', 'audit', 'event', 'issue'] as const;
    for (const step of steps) {
      const to = createInstallation();
      const { token } = await to.mint();
      const crash = async (): Promise<never> => {
        throw new TransientError('crashed');
      };
      const { ports } = to;
      const broken = {
        ...ports,
        identity: {
          ...to.identity,
          ...(step === 'bind' ? { bindInstance: crash } : {}),
          ...(step === 'secret' ? { putSecret: crash } : {}),
        },
        nodes: { ...to.nodes, ...(step === 'node' ? { create: crash } : {}) },
        queues: step === 'queue' ? { ensure: crash } : ports.queues,
        audit: { ...to.audit, ...(step === 'audit' ? { record: crash } : {}) },
        publisher: step === 'event' ? { publish: crash } : ports.publisher,
        issuer: step === 'issue' ? { issue: crash } : ports.issuer,
      };
      const request = makeRequest({ joinToken: token });
      await expect(enrollMachine(broken, settings, request, caller), step).rejects.toThrow(TransientError);
      const { nodeId, nodeSecret = '' } = await enrollMachine(ports, settings, request, caller);
      expect(await to.nodes.listByLifecycle(['pending']), step).toMatchObject([{ nodeId }]);
      expect(await to.audit.listByAction('enroll-node', 9), step).toHaveLength(1);
      expect(new Set(to.publisher.published.map(({ eventId }) => eventId)).size, step).toBe(1);
      expect(await codeOf(enroll(to, { nodeId, nodeSecret })), step).toBe('accepted');
    }
  });
});

describe('revocation during a call', () => {
  it('gives no credentials to a node that is revoked while its queue is made', async () => {
    const to = createInstallation();
    const { nodeId, nodeSecret } = await join(to);
    const queues = {
      ensure: async () => {
        await to.nodes.revoke(nodeId, to.clock.now());
      },
    };
    const call = enrollMachine(
      { ...to.ports, queues },
      settings,
      makeRequest({ nodeId, nodeSecret }),
      caller,
    );
    expect(await codeOf(call)).toBe('node-revoked');
  });

  it('gives none to a node that is revoked after its secret was checked', async () => {
    const to = createInstallation();
    const { nodeId, nodeSecret } = await join(to);
    let reads = 0;
    const nodes = {
      ...to.nodes,
      get: async (id: string) => {
        const node = await to.nodes.get(id);
        reads += 1;
        if (reads === 1) await to.nodes.revoke(nodeId, to.clock.now());
        return node;
      },
    };
    const request = { nodeId, nodeSecret, bootId: 'boot-1', agentVersion: '0.1.0' };
    expect(await codeOf(issueCredentials({ ...to.ports, nodes }, request, caller))).toBe('node-revoked');
  });
});

describe('issueCredentials', () => {
  const credentials = (to: Installation, nodeId: string, nodeSecret: string, bootId = 'boot-1') =>
    issueCredentials(to.ports, { nodeId, nodeSecret, bootId, agentVersion: '1' }, caller);

  it('trades the secret for credentials of that node', async () => {
    const to = createInstallation();
    const { nodeId, nodeSecret } = await join(to);
    expect((await credentials(to, nodeId, nodeSecret)).accessKeyId).toBe(`key-of-${nodeId}`);
    expect(await codeOf(credentials(to, nodeId, 'wrong'))).toBe('invalid-secret');
    expect(await codeOf(credentials(to, 'n-0123456789ab', nodeSecret))).toBe('invalid-secret');
  });

  it('refuses another boot, and reports it while the node lives', async () => {
    const to = createInstallation();
    const { nodeId, nodeSecret } = await join(to);
    await beat(to, nodeId);
    expect(await codeOf(credentials(to, nodeId, nodeSecret, 'boot-2'))).toBe('boot-id-conflict');
    expect(to.publisher.published.at(-1)?.name).toBe('NodeBootConflict');
  });
});

describe('revokeNode', () => {
  const revoke = (to: Installation, nodeId: string) =>
    revokeNode(to.ports, { nodeId, reason: 'stolen', revokedBy: 'arn:aws:iam::1:user/op' });

  it('ends trust for enrolment and credentials at once, and says so once', async () => {
    const to = createInstallation();
    const { token, nodeId, nodeSecret } = await join(to);
    await revoke(to, nodeId);
    await revoke(to, nodeId);
    expect(await codeOf(enroll(to, { nodeId, nodeSecret }))).toBe('node-revoked');
    expect(await codeOf(enroll(to, { joinToken: token }))).toBe('node-revoked');
    expect(
      await codeOf(
        issueCredentials(to.ports, { nodeId, nodeSecret, bootId: 'boot-1', agentVersion: '1' }, caller),
      ),
    ).toBe('node-revoked');
    expect(await to.audit.listByAction('revoke-node', 9)).toMatchObject([
      { actor: 'arn:aws:iam::1:user/op', reason: 'stolen' },
    ]);
    const events = to.publisher.published.filter(({ name }) => name === 'NodeRevoked');
    expect(new Set(events.map(({ eventId }) => eventId)).size).toBe(1);
  });

  it('says when there is no such node', async () => {
    await expect(revoke(createInstallation(), 'n-0123456789ab')).rejects.toThrow(/there is no node/);
  });
});
