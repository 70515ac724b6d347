import { describe, expect, it } from 'vitest';
import { EnrolmentRefused } from '../../../agent/identity/enrolment-client.ts';
import type { Identity } from '../../../agent/identity/identity-file.ts';
import { Session } from '../../../agent/identity/session.ts';
import { TransientError } from '../../../lib/errors.ts';
import type { EnrollRequest } from '../../../lib/identity/enrolment.ts';

const secrets = { accessKeyId: 'AKIA', secretAccessKey: 's', sessionToken: 't' };

/** A session whose waits pass at once and are written down; it stops after `maxWaits` of them. */
const prepare = (
  identity: Identity | undefined,
  failures: unknown[] = [],
  maxWaits = 20,
  joinToken: string | undefined = 'token',
) => {
  const renewalFailures: unknown[] = [];
  let now = new Date('2026-11-20T10:00:00.000Z').getTime();
  const stop = new AbortController();
  const waits: number[] = [];
  const requests: EnrollRequest[] = [];
  const saved: Identity[] = [];
  const errors: string[] = [];
  let renewals = 0;
  const credentials = () => ({ ...secrets, expiresAt: new Date(now + 3600_000).toISOString() });
  const session = new Session({
    client: {
      enroll: async (request) => {
        requests.push(request);
        const failure = failures.shift();
        if (failure !== undefined) throw failure;
        return {
          nodeId: 'n-0123456789ab',
          ...(request.nodeId === undefined ? { nodeSecret: 'new-secret' } : {}),
          region: 'eu-central-1',
          queueUrl: 'q',
          reportsQueueUrl: 'r',
          artifactBucket: 'b',
          heartbeatIntervalSeconds: 30,
          credentials: credentials(),
        };
      },
      credentials: async () => {
        renewals += 1;
        const failure = renewalFailures.shift();
        if (failure !== undefined) throw failure;
        return credentials();
      },
    },
    machine: {
      bootId: 'boot',
      agentVersion: '1',
      provider: 'static',
      instanceId: 'i',
      capabilities: { acceptsKinds: [], trains: false, ephemeral: false, gpuCount: 0 },
    },
    joinToken: joinToken === '' ? undefined : joinToken,
    identity,
    saveIdentity: async (fresh) => void saved.push(fresh),
    timing: {
      now: () => new Date(now),
      random: () => 0.5,
      wait: async (seconds) => {
        waits.push(seconds);
        now += seconds * 1000;
        if (waits.length >= maxWaits) stop.abort();
        return !stop.signal.aborted;
      },
    },
    log: {
      debug: () => undefined,
      info: () => undefined,
      warn: () => undefined,
      error: (message) => void errors.push(message),
    },
    refusedPauseSeconds: 60,
  });
  return { session, stop, waits, requests, saved, errors, renewals: () => renewals, renewalFailures };
};

const refusal = (
  error: 'used-token' | 'rate-limited' | 'invalid-secret' | 'instance-already-enrolled',
  retryable: boolean,
) => new EnrolmentRefused({ error, message: 'because', retryable }, 403);

const enrolledAt = '2026-11-01T00:00:00.000Z';
const known = { nodeId: 'n-0123456789ab', nodeSecret: 'overwritten', enrolledAt };

describe('Session', () => {
  it('enrols with the token once, and with its secret after a restart', async () => {
    const first = prepare(undefined);
    await first.session.enroll(first.stop.signal);
    expect(first.requests[0]).toMatchObject({ joinToken: 'token' });
    // Before the first call: no file of the node may be older than its enrolment.
    expect(first.saved).toEqual([
      { nodeId: 'n-0123456789ab', nodeSecret: 'new-secret', enrolledAt: '2026-11-20T10:00:00.000Z' },
    ]);

    const again = prepare({ ...known, nodeSecret: 'new-secret' });
    await again.session.enroll(again.stop.signal);
    expect(again.requests[0]).toMatchObject({ nodeId: 'n-0123456789ab', nodeSecret: 'new-secret' });
    expect(again.requests[0]).not.toHaveProperty('joinToken');
    expect(again.requests[0]).not.toHaveProperty('enrolledAt');
    expect(again.saved).toEqual([]);
  });

  it('says once a minute what an operator must mend, and goes on trying', async () => {
    const { session, stop, waits, errors } = prepare(undefined, [
      refusal('used-token', false),
      refusal('used-token', false),
    ]);
    await session.enroll(stop.signal);
    expect(waits).toEqual([60, 60]);
    expect(errors).toHaveLength(2);
    expect(errors[0]).toContain('used-token');
    expect(session.access.place.nodeId).toBe('n-0123456789ab');
  });

  it('backs off with full jitter on errors that pass, or as long as it is asked to', async () => {
    const { session, stop, waits, errors } = prepare(undefined, [
      new TransientError('down'),
      refusal('rate-limited', true),
      new TransientError('slow down', { retryAfterSeconds: 17 }),
    ]);
    await session.enroll(stop.signal);
    expect(waits).toEqual([0.5, 1, 17]);
    expect(errors).toEqual([]);
  });

  it('renews credentials 15 minutes before they end', async () => {
    const { session, stop, waits, renewals } = prepare(undefined, [], 3);
    await session.enroll(stop.signal);
    await session.keepFresh(stop.signal);
    expect(waits).toEqual([2700, 2700, 2700]);
    expect(renewals()).toBe(2);
  });

  it('falls back to its join token when its secret is not known any more, until that is taken', async () => {
    const { session, stop, requests, saved, waits } = prepare(known, [
      refusal('invalid-secret', false),
      refusal('instance-already-enrolled', true),
      refusal('invalid-secret', false),
    ]);
    await session.enroll(stop.signal);
    expect(requests.map(({ nodeSecret, joinToken }) => nodeSecret ?? joinToken)).toEqual([
      'overwritten',
      'token',
      'overwritten',
      'token',
    ]);
    expect(waits).toEqual([0.5]);
    // The first enrolment counts: files were made here since.
    expect(saved).toEqual([{ ...known, nodeSecret: 'new-secret' }]);
  });

  it('falls back to its join token also when it renews its credentials', async () => {
    const { session, stop, requests, saved, renewalFailures } = prepare(known);
    await session.enroll(stop.signal);
    renewalFailures.push(refusal('invalid-secret', false));
    await session.renew(stop.signal);
    expect(requests.at(-1)).toMatchObject({ joinToken: 'token' });
    expect(saved).toEqual([{ ...known, nodeSecret: 'new-secret' }]);
  });

  it('waits for an operator when it has no join token to fall back to', async () => {
    const { session, stop, errors, requests } = prepare(known, [refusal('invalid-secret', false)], 20, '');
    await session.enroll(stop.signal);
    expect(errors[0]).toContain('invalid-secret');
    expect(requests.map(({ nodeSecret }) => nodeSecret)).toEqual(['overwritten', 'overwritten']);
  });

  it('serves callers that find stale credentials at the same time with one call', async () => {
    const { session, stop, renewals } = prepare(undefined);
    await session.enroll(stop.signal);
    await Promise.all([1, 2, 3].map(() => session.renew(stop.signal)));
    expect(renewals()).toBe(1);
  });
});
