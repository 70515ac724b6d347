import { describe, expect, it } from 'vitest';
import type { Fault } from '../../../local/providers/faults.ts';
import { simulate } from './simulated-provider.ts';

const LIST: Readonly<Record<string, string>> = {
  'lambda-labs': '/instances',
  vast: '/api/v1/instances/',
  runpod: '/pods',
};
const LIST_KEY: Readonly<Record<string, string>> = {
  'lambda-labs': 'data',
  vast: 'instances',
  runpod: 'pods',
};
const providers = Object.keys(LIST);

const terminateCall = (provider: string, id: string): [string, { method: string; body?: unknown }] => {
  if (provider === 'vast') return [`/api/v0/instances/${id}/`, { method: 'DELETE', body: {} }];
  if (provider === 'runpod') return [`/pods/${id}`, { method: 'DELETE' }];
  return ['/instance-operations/terminate', { method: 'POST', body: { instance_ids: [id] } }];
};

/** Two instances run, and a fault lies in wait. */
const withFault = async (name: string, fault: Fault) => {
  const provider = await simulate(name, { rateLimits: false });
  const rented = await provider.rentRunning(2);
  provider.faults.inject(fault);
  return { provider, rented, list: () => provider.call(LIST[name] ?? '') };
};

const shapes = [
  ['lambda-labs', 'rate-limited', 429, /^Too Many Requests$/],
  ['vast', 'rate-limited', 429, /^API requests too frequent: endpoint threshold=1\.0$/],
  ['runpod', 'rate-limited', 429, /"title":"Too Many Requests"/],
  ['lambda-labs', 'server-error', 500, /"code":"global\/internal-error"/],
  ['vast', 'server-error', 500, /"success":false/],
  ['runpod', 'server-error', 500, /"status":500/],
  ['lambda-labs', 'bad-gateway', 502, /^<html>/],
  ['vast', 'gone', 410, /"error":"deprecated_endpoint"/],
  ['runpod', 'gone', 410, /"status":410/],
  ['lambda-labs', 'unauthorized', 401, /"code":"global\/invalid-api-key"/],
  ['vast', 'not-found-auth-error', 404, /"error":"auth_error"/],
  ['runpod', 'unauthorized', 401, /"status":401/],
  ['lambda-labs', 'edge-blocked', 403, /^error code: 1010$/],
] as const;

describe('faults of the simulators', () => {
  it.each(shapes)('%s: %s has its own shape', async (name, fault, status, body) => {
    const { list } = await withFault(name, { fault, on: 'list' });

    const answer = await list();

    expect(answer.status).toBe(status);
    expect(answer.text).toMatch(body);
  });

  it.each(providers)('%s: an empty body, a cut one, another shape, a half list', async (name) => {
    const { provider, list } = await withFault(name, { fault: 'empty-body', times: 1 });
    const key = LIST_KEY[name] ?? '';

    const empty = await list();
    provider.faults.inject({ fault: 'cut-body', times: 1 });
    const cut = await list();
    provider.faults.inject({ fault: 'changed-shape', times: 1 });
    const changed = await list();
    provider.faults.inject({ fault: 'half-list', times: 1 });
    const half = await provider.list(LIST[name] ?? '', key);
    const healed = await provider.list(LIST[name] ?? '', key);

    expect(empty).toMatchObject({ status: 200, text: '' });
    expect(() => cut.json()).toThrow(SyntaxError);
    expect(changed.json()).not.toHaveProperty(key);
    expect(changed.json()).toHaveProperty(`${key}_v2`);
    expect([half.length, healed.length]).toEqual([1, 2]);
  });

  it('keeps the true total beside a half list of Vast', async () => {
    const { list } = await withFault('vast', { fault: 'half-list' });

    expect((await list()).json()).toMatchObject({ instances_found: 1, total_instances: 2, next_token: null });
  });

  it.each(providers)('%s: accepts to terminate and does nothing', async (name) => {
    const { provider, rented } = await withFault(name, { fault: 'accepted-never-gone' });
    const id = rented[0]?.id ?? '';

    const answer = await provider.call(...terminateCall(name, id));
    provider.pass(3_600_000);

    expect(answer.status).toBe(name === 'runpod' ? 204 : 200);
    if (name === 'lambda-labs') {
      expect(answer.json()).toMatchObject({
        data: { terminated_instances: [{ id, status: 'terminating' }] },
      });
    }
    expect(provider.account.find(id)?.phase).toBe('running');
  });

  it.each(providers)(
    '%s: an instance stuck in its end stays listed and bills until it is released',
    async (name) => {
      const { provider, rented } = await withFault(name, { fault: 'stuck-terminating', times: 1 });
      const id = rented[0]?.id ?? '';
      const listed = async (): Promise<number> =>
        (await provider.list(LIST[name] ?? '', LIST_KEY[name] ?? '')).length;
      const before = provider.account.bill().microUsd;

      await provider.call(...terminateCall(name, id));
      await provider.call(...terminateCall(name, id));
      provider.pass(3_600_000);
      const billedMeanwhile = provider.account.bill().microUsd - before;
      const stuck = await listed();
      provider.account.release(id);
      provider.pass(60_000);

      const full = rented.reduce((sum, { offer }) => sum + offer.microUsdPerHour, 0);
      expect(billedMeanwhile).toBeGreaterThanOrEqual(full);
      expect([stuck, await listed()]).toEqual([2, 1]);
    },
  );

  it.each([
    ['lambda-labs', 200, '{"data":{"terminated_instances":[]}}'],
    ['vast', 200, '"success":false'],
    ['runpod', 409, '"title":"Conflict"'],
  ])('%s: refuses in its own way', async (name, status, text) => {
    const { provider, rented } = await withFault(name, { fault: 'refused', on: 'terminate' });

    const answer = await provider.call(...terminateCall(name, rented[0]?.id ?? ''));

    expect(answer.status).toBe(status);
    expect(answer.text).toContain(text);
    expect(provider.account.listed()).toHaveLength(2);
  });

  it.each(['no-answer', 'connection-reset'] as const)('leaves the caller alone with %s', async (fault) => {
    const { provider } = await withFault('runpod', { fault });

    const asked = fetch(`${provider.baseUrl}/pods`, { signal: AbortSignal.timeout(300) });

    await expect(asked).rejects.toThrow(fault === 'no-answer' ? /timeout/ : /fetch failed/);
    expect(provider.requests.requests).toMatchObject([{ operation: 'list', status: 0 }]);
  });

  it('hits only what it names, as often as it says, after what it spares', async () => {
    const { provider, rented, list } = await withFault('runpod', {
      fault: 'server-error',
      on: 'list',
      skip: 1,
      times: 2,
    });

    const statuses = [];
    for (let count = 0; count < 4; count += 1) statuses.push((await list()).status);
    const other = await provider.call(`/pods/${rented[0]?.id}`);

    expect(statuses).toEqual([200, 500, 500, 200]);
    expect(other.status).toBe(200);
  });

  it('says Retry-After as it was told to', async () => {
    const { list } = await withFault('runpod', { fault: 'rate-limited', retryAfterSeconds: 7 });

    expect((await list()).headers.get('retry-after')).toBe('7');
  });

  it.each(providers)('%s: an instance vanishes without a word', async (name) => {
    const { provider, rented } = await withFault(name, { fault: 'server-error', on: 'get' });

    provider.account.preempt(rented[0]?.id ?? '', true);

    expect(await provider.list(LIST[name] ?? '', LIST_KEY[name] ?? '')).toHaveLength(1);
  });

  it.each(['vast', 'runpod'])(
    '%s: an instance that was taken back is stopped, and its disk bills',
    async (name) => {
      const { provider, rented } = await withFault(name, { fault: 'server-error', on: 'get' });
      const id = rented[0]?.id ?? '';

      provider.account.preempt(id);
      const before = provider.account.bill().instances[0]?.microUsd ?? 0;
      provider.pass(3_600_000);

      expect(provider.account.find(id)?.phase).toBe('stopped');
      expect((provider.account.bill().instances[0]?.microUsd ?? 0) - before).toBe(
        rented[0]?.offer.storageMicroUsdPerHour,
      );
    },
  );

  it('shows a status that nobody knows', async () => {
    const { provider, rented, list } = await withFault('lambda-labs', { fault: 'server-error', on: 'get' });

    provider.account.script(rented[0]?.id ?? '', { answerFields: { status: 'hibernating' } });

    expect((await list()).json()).toMatchObject({ data: [{ status: 'hibernating' }, { status: 'active' }] });
  });
});
