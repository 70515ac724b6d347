import { describe, expect, it } from 'vitest';
import * as z from 'zod';
import { simulate } from './simulated-provider.ts';

const LIST = '/api/v1/instances/';
const PAGE_PACE_MS = 1000;
const one = (id: string): string => `/api/v0/instances/${id}/`;
const destroy = { method: 'DELETE', body: {} };

const pageSchema = z.object({
  success: z.literal(true),
  instances_found: z.int(),
  total_instances: z.int(),
  next_token: z.string().nullable(),
  instances: z.array(z.looseObject({ id: z.int() })),
});

describe('the simulator of Vast.ai', () => {
  it('lists instances as the real one does: dollars an hour with the disk, one utilisation for all GPUs [providers#0-5, providers#0-6]', async () => {
    const provider = await simulate('vast');
    const [instance] = await provider.rentRunning(1);
    provider.account.script(instance?.id ?? '', { gpuUtilization: [12, 71] });

    const answer = await provider.call(LIST);

    expect(answer.json()).toMatchObject({
      success: true,
      instances_found: 1,
      total_instances: 1,
      label_counts: { 'node-1': 1 },
      next_token: null,
      instances: [
        {
          id: Number(instance?.id),
          actual_status: 'running',
          cur_state: 'running',
          intended_status: 'running',
          label: 'node-1',
          public_ipaddr: '127.0.0.1 ',
          gpu_name: 'RTX 4090',
          num_gpus: 2,
          gpu_util: 71,
          is_bid: false,
          dph_base: 0.82,
          dph_total: 0.832444,
          storage_total_cost: 0.012444,
          start_date: 1_795_435_200,
        },
      ],
    });
  });

  it('pages with a cursor, 25 at most, in the order of ids', async () => {
    const provider = await simulate('vast');
    const rented = await provider.rentRunning(31);
    const page = async (query: string): Promise<z.infer<typeof pageSchema>> => {
      provider.pass(PAGE_PACE_MS);
      return pageSchema.parse((await provider.call(`${LIST}?${query}`)).json());
    };

    const first = await page('limit=100');
    const second = await page(`after_token=${encodeURIComponent(JSON.stringify(first.next_token))}`);

    expect([first.instances_found, first.total_instances]).toEqual([25, 31]);
    expect([second.instances_found, second.total_instances, second.next_token]).toEqual([6, 31, null]);
    const ids = [...first.instances, ...second.instances].map(({ id }) => String(id));
    expect(ids).toEqual(rented.map(({ id }) => id).toSorted((left, right) => Number(left) - Number(right)));
    expect((await page('limit=0')).instances_found).toBe(5);
    expect(Buffer.from(first.next_token ?? '', 'base64').toString()).toBe(
      JSON.stringify({ values: { id: first.instances.at(-1)?.id } }),
    );
  });

  it.each([
    ['the listing of v0', '/api/v0/instances/', 410, { success: false, error: 'deprecated_endpoint' }],
    ['a cursor of nobody', `${LIST}?after_token=abc`, 400, { error: 'invalid_token' }],
    ['a filter', `${LIST}?select_filters={}`, 400, { error: 'invalid_request' }],
    ['one that is gone', one('1'), 200, { instances: null }],
  ])('answers %s as documented', async (_what, path, status, body) => {
    const provider = await simulate('vast');

    const answer = await provider.call(path);

    expect(answer.status).toBe(status);
    expect(answer.json()).toMatchObject(body);
  });

  it('hides a refused key behind 404 auth_error [providers#0-3]', async () => {
    const provider = await simulate('vast');
    const [instance] = await provider.rentRunning(1);

    const answer = await provider.call(one(instance?.id ?? ''), { ...destroy, key: 'revoked' });

    expect(answer.status).toBe(404);
    expect(answer.json()).toEqual({ success: false, error: 'auth_error', msg: 'Invalid user key' });
    expect(provider.account.listed()).toHaveLength(1);
  });

  it('destroys, and says no_such_instance the second time', async () => {
    const provider = await simulate('vast');
    const [instance] = await provider.rentRunning(1);
    const path = one(instance?.id ?? '');

    const first = await provider.call(path, destroy);
    provider.pass(3000);
    const second = await provider.call(path, destroy);

    expect(first.json()).toEqual({ success: true });
    expect(second.status).toBe(404);
    expect(second.json()).toMatchObject({ success: false, error: 'no_such_instance' });
    expect(await provider.list(LIST, 'instances')).toEqual([]);
  });

  it('wants three seconds between destroys, and says so in plain text without a header', async () => {
    const provider = await simulate('vast');
    const [first, second] = await provider.rentRunning(2);

    await provider.call(one(first?.id ?? ''), destroy);
    provider.pass(2999);
    const tooFast = await provider.call(one(second?.id ?? ''), destroy);
    const listing = await provider.call(LIST);

    expect(tooFast).toMatchObject({
      status: 429,
      text: 'API requests too frequent: endpoint threshold=3.0',
    });
    expect(tooFast.headers.get('content-type')).toBe('text/plain');
    expect(tooFast.headers.get('retry-after')).toBeNull();
    expect(listing.status).toBe(200);
  });

  it('bills disk from creation, GPU while it runs, disk while it is stopped [providers#0-4]', async () => {
    const provider = await simulate('vast', { bootMs: 3_600_000 });
    const [instance] = await provider.rentRunning(1);
    provider.pass(3_600_000);

    const stopped = await provider.call(one(instance?.id ?? ''), {
      method: 'PUT',
      body: { state: 'stopped' },
    });
    provider.pass(3_600_000);

    expect(stopped.json()).toEqual({ success: true });
    expect(await provider.list(LIST, 'instances')).toMatchObject([
      { actual_status: 'stopped', cur_state: 'stopped', intended_status: 'stopped', gpu_util: null },
    ]);
    expect(provider.account.bill().microUsd).toBe(820_000 + 3 * 12_444);
  });

  it('redirects a path without its last slash', async () => {
    const provider = await simulate('vast');

    const answer = await provider.call('/api/v1/instances');

    expect(answer.status).toBe(308);
    expect(answer.headers.get('location')).toBe(LIST);
  });
});
