import { describe, expect, it } from 'vitest';
import * as z from 'zod';
import { simulate } from './simulated-provider.ts';

const destroy = { method: 'DELETE' };
const action = (word: string) => ({ method: 'POST', body: { action: word } });

const pageSchema = z.object({
  pods: z.array(z.looseObject({ id: z.string() })),
  pagination: z.object({ nextCursor: z.string().nullable(), hasNextPage: z.boolean() }),
});

describe('the simulator of RunPod', () => {
  it('lists pods as the real one does: dollars for the whole pod, utilisation per GPU [providers#0-5, providers#0-6]', async () => {
    const provider = await simulate('runpod');
    const [pod] = await provider.rentRunning(1);
    provider.account.script(pod?.id ?? '', { gpuUtilization: [3, 98] });

    const answer = await provider.call('/pods?includeClusterPods=true&limit=1000');

    expect(answer.json()).toMatchObject({
      pods: [
        {
          id: pod?.id,
          name: 'node-1',
          status: 'RUNNING',
          actions: ['stop', 'restart', 'terminate'],
          mounts: { persistent: { size: 100 } },
          gpu: { id: 'NVIDIA A100-SXM4-80GB', count: 2 },
          dataCenterId: 'US-MD-1',
          ssh: { direct: { host: '127.0.0.1' } },
          cost: 3.58,
          locked: false,
          runtime: {
            uptime: 0,
            gpus: [
              { util: 3, memoryUtil: 1 },
              { util: 98, memoryUtil: 1 },
            ],
          },
          createdAt: '2026-11-23T12:00:00Z',
          startedAt: '2026-11-23T12:00:03Z',
        },
      ],
      pagination: { nextCursor: null, hasNextPage: false },
    });
  });

  it('has no runtime unless it runs, and none of the GPUs when there is no data', async () => {
    const provider = await simulate('runpod', { bootMs: 1000 });
    const pod = await provider.account.rent({
      type: 'NVIDIA L40S',
      gpuCount: 1,
      region: 'EU-RO-1',
      microUsdPerHour: 1_090_000,
      storageMicroUsdPerHour: 13_699,
      diskGigabytes: 50,
      interruptible: false,
    });
    provider.account.script(pod.id, { gpuUtilization: null });

    const [booting] = await provider.list('/pods', 'pods');
    provider.pass(1000);
    const [running] = await provider.list('/pods', 'pods');

    expect(booting).toMatchObject({ status: 'PROVISIONING', runtime: null, startedAt: null });
    expect(running?.['runtime']).toMatchObject({ uptime: 0 });
    expect(running?.['runtime']).not.toHaveProperty('gpus');
  });

  it('pages newest first', async () => {
    const provider = await simulate('runpod');
    const rented = await provider.rentRunning(5);
    const page = async (query: string): Promise<z.infer<typeof pageSchema>> =>
      pageSchema.parse((await provider.call(`/pods?${query}`)).json());

    const first = await page('limit=3');
    const second = await page(`limit=3&cursor=${first.pagination.nextCursor}`);

    expect(first.pagination.hasNextPage).toBe(true);
    expect(second.pagination).toEqual({ nextCursor: null, hasNextPage: false });
    expect([...first.pods, ...second.pods].map(({ id }) => id)).toEqual(
      rented.map(({ id }) => id).toReversed(),
    );
    expect((await provider.call('/pods?cursor=nobody')).status).toBe(400);
  });

  it('terminates with 204 and nothing else, and says 404 the second time', async () => {
    const provider = await simulate('runpod');
    const [pod] = await provider.rentRunning(1);

    const first = await provider.call(`/pods/${pod?.id}`, destroy);
    const second = await provider.call(`/pods/${pod?.id}`, destroy);

    expect(first).toMatchObject({ status: 204, text: '' });
    expect(second.status).toBe(404);
    expect(second.headers.get('content-type')).toBe('application/problem+json');
    expect(second.json()).toEqual({ title: 'Not Found', status: 404, detail: 'pod not found' });
    expect(await provider.list('/pods', 'pods')).toEqual([]);
  });

  it('stops and starts, and costs 0.0 while it is stopped although its volume bills [providers#0-4]', async () => {
    const provider = await simulate('runpod', { bootMs: 0 });
    const [pod] = await provider.rentRunning(1);
    const path = `/pods/${pod?.id}/action`;
    provider.pass(3_600_000);

    const stopped = await provider.call(path, action('stop'));
    provider.pass(24 * 3_600_000);
    const again = await provider.call(path, action('stop'));
    const bill = provider.account.bill();
    const started = await provider.call(path, action('start'));

    expect(stopped.json()).toMatchObject({
      status: 'EXITED',
      cost: 0,
      runtime: null,
      actions: ['start', 'terminate'],
    });
    expect(again.status).toBe(409);
    expect(again.json()).toMatchObject({ detail: 'action stop is not valid for status EXITED' });
    // 100 GB at $0.20 a month of 730 hours.
    expect(bill.microUsd).toBe(3_580_000 + 24 * 27_397);
    expect(started.status).toBe(200);
  });

  it('tells its limits on each answer, and refuses the 61st request of a minute [providers#7-5]', async () => {
    const provider = await simulate('runpod');

    const first = await provider.call('/pods');
    for (let count = 0; count < 59; count += 1) await provider.call('/pods/x');
    provider.pass(48_000);
    const refused = await provider.call('/pods');
    provider.pass(12_000);
    const later = await provider.call('/pods');

    expect(first.headers.get('ratelimit')).toMatch(
      /^"minute";r=59;t=60, "hour";r=2999;t=3600, "day";r=49999;t=\d+$/,
    );
    expect(first.headers.get('ratelimit-policy')).toBe(
      '"minute";q=60;w=60, "hour";q=3000;w=3600, "day";q=50000;w=86400',
    );
    expect(refused.status).toBe(429);
    expect(refused.headers.get('retry-after')).toBe('12');
    expect(refused.headers.get('ratelimit')).toMatch(/^"minute";r=0;t=12, /);
    expect(refused.json()).toEqual({
      title: 'Too Many Requests',
      status: 429,
      detail: 'rate limit exceeded for the minute window',
    });
    expect(later.status).toBe(200);
  });

  it.each([
    ['a bad key', '/pods', { key: 'wrong' }, 401],
    ['an unknown pod', '/pods/nobody', {}, 404],
  ])('answers %s as a problem', async (_what, path, options, status) => {
    const provider = await simulate('runpod');

    const answer = await provider.call(path, options);

    expect(answer.status).toBe(status);
    expect(answer.headers.get('content-type')).toBe('application/problem+json');
    expect(answer.json()).toMatchObject({ status });
  });

  it('refuses a field of a body that it does not know', async () => {
    const provider = await simulate('runpod');
    const [pod] = await provider.rentRunning(1);

    const answer = await provider.call(`/pods/${pod?.id}/action`, {
      method: 'POST',
      body: { action: 'stop', now: true },
    });

    expect(answer.status).toBe(422);
    expect(answer.json()).toMatchObject({ title: 'Unprocessable Entity' });
    expect(provider.account.find(pod?.id ?? '')?.phase).toBe('running');
  });

  it('answers 410 on the paths of v1 [providers#0-1]', async () => {
    const provider = await simulate('runpod');

    const response = await fetch(`${provider.endpoint}/runpod/v1/pods`, {
      headers: { authorization: `Bearer ${[...provider.keys][0]}` },
    });

    expect(response.status).toBe(410);
    expect(await response.json()).toMatchObject({ status: 410 });
  });
});
