import { describe, expect, it } from 'vitest';
import { simulate } from './simulated-provider.ts';

const PACE_MS = 1000;
const terminate = (id: string) => ({ method: 'POST', body: { instance_ids: [id] } });
const TERMINATE = '/instance-operations/terminate';

describe('the simulator of Lambda Labs', () => {
  it('lists instances as the real one does: cents for the whole instance, no utilisation [providers#0-5, providers#0-6]', async () => {
    const provider = await simulate('lambda-labs');
    const [instance] = await provider.rentRunning(1);

    const [listed] = await provider.list('/instances', 'data');

    expect(listed).toMatchObject({
      id: instance?.id,
      name: 'node-1',
      ip: '127.0.0.1',
      status: 'active',
      region: { name: 'us-south-1' },
      instance_type: {
        name: 'gpu_1x_h100_sxm5',
        gpu_description: 'H100 (80 GB SXM5)',
        price_cents_per_hour: 429,
        specs: { gpus: 1 },
      },
      actions: { terminate: { available: true } },
    });
    expect(instance?.id).toMatch(/^[0-9a-f]{32}$/);
    expect(JSON.stringify(listed)).not.toContain('util');
  });

  it('has no address while it boots, and bills from the first health check on', async () => {
    const provider = await simulate('lambda-labs', { bootMs: 30_000 });
    await provider.account.rent({
      type: 'gpu_1x_a10',
      gpuCount: 1,
      region: 'us-west-1',
      microUsdPerHour: 1_290_000,
      storageMicroUsdPerHour: 0,
      diskGigabytes: 1400,
      interruptible: false,
    });

    const [booting] = await provider.list('/instances', 'data');
    provider.pass(30_000 + 3_600_000);

    expect(booting).toMatchObject({
      status: 'booting',
      actions: { restart: { available: false, reason_code: 'vm-has-not-launched' } },
    });
    expect(booting).not.toHaveProperty('ip');
    expect(provider.account.bill().cents).toBe(129);
  });

  it('bills started minutes', async () => {
    const provider = await simulate('lambda-labs', { bootMs: 0 });
    const [instance] = await provider.rentRunning(1);
    provider.pass(61_000);

    provider.account.terminate(instance?.id ?? '');
    provider.pass(3_600_000);

    expect(provider.account.bill().microUsd).toBe(Math.round((4_290_000 / 60) * 2));
  });

  it('ends an instance: terminating, terminated, absent', async () => {
    const provider = await simulate('lambda-labs', { terminateMs: 5000 });
    const [instance] = await provider.rentRunning(2);
    const statuses = async (): Promise<unknown[]> => {
      provider.pass(PACE_MS);
      return (await provider.list('/instances', 'data')).map(({ status }) => status);
    };

    const answer = await provider.call(TERMINATE, terminate(instance?.id ?? ''));

    expect(answer.status).toBe(200);
    expect(answer.json()).toMatchObject({
      data: { terminated_instances: [{ id: instance?.id, status: 'terminating' }] },
    });
    expect(await statuses()).toEqual(['terminating', 'active']);
    provider.pass(5000);
    expect(await statuses()).toEqual(['terminated', 'active']);
    provider.pass(60_000);
    expect(await statuses()).toEqual(['active']);
  });

  it.each([
    [
      'an unknown id',
      'nobody',
      404,
      {
        error: {
          code: 'global/object-does-not-exist',
          message: 'Specified instance does not exist.',
        },
      },
    ],
    ['no id', undefined, 400, { error: { code: 'global/invalid-parameters' } }],
  ])('refuses to terminate %s', async (_case, id, status, body) => {
    const provider = await simulate('lambda-labs');

    const answer = await provider.call(TERMINATE, {
      method: 'POST',
      body: id === undefined ? {} : { instance_ids: [id] },
    });

    expect(answer.status).toBe(status);
    expect(answer.json()).toMatchObject(body);
  });

  it('answers a second terminate with an error that says nothing [providers#7-2]', async () => {
    const provider = await simulate('lambda-labs');
    const [instance] = await provider.rentRunning(1);
    await provider.call(TERMINATE, terminate(instance?.id ?? ''));
    provider.pass(PACE_MS);

    const again = await provider.call(TERMINATE, terminate(instance?.id ?? ''));

    expect(again.json()).toEqual({
      error: { code: 'global/unknown', message: 'An unknown error occurred.' },
    });
  });

  it('takes one request a second, and says 429 in plain text [providers#7-1]', async () => {
    const provider = await simulate('lambda-labs');

    await provider.call('/instances');
    const tooFast = await provider.call('/instances/x');
    provider.pass(PACE_MS);
    const inTime = await provider.call('/instances');

    expect(tooFast).toMatchObject({ status: 429, text: 'Too Many Requests' });
    expect(tooFast.headers.get('retry-after')).toBeNull();
    expect(inTime.status).toBe(200);
    expect(provider.requests.statistics()).toMatchObject({ total: 3, rateLimited: 1, peakPerSecond: 2 });
  });

  it('refuses a bad key with 401, and a default user agent at its edge', async () => {
    const provider = await simulate('lambda-labs');

    const badKey = await provider.call('/instances', { key: 'wrong' });
    const blocked = await provider.call('/instances', { headers: { 'user-agent': 'Python-urllib/3.12' } });

    expect(badKey.status).toBe(401);
    expect(badKey.json()).toMatchObject({ error: { code: 'global/invalid-api-key' } });
    expect(blocked).toMatchObject({ status: 403, text: 'error code: 1010' });
  });

  it('says preempted, and forgets the instance later', async () => {
    const provider = await simulate('lambda-labs');
    const [instance] = await provider.rentRunning(1);

    provider.account.preempt(instance?.id ?? '');

    expect(await provider.list('/instances', 'data')).toMatchObject([{ status: 'preempted' }]);
    provider.pass(60_000);
    expect(await provider.list('/instances', 'data')).toEqual([]);
  });
});
