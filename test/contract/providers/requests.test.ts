import { inspect } from 'node:util';
import { describe, expect, it } from 'vitest';
import { TransientError } from '../../../lib/errors.ts';
import { adapterCases } from './adapters.ts';
import { API_KEY, NEW_KEY, ok, type Reply, replay } from './replay.ts';

const HTML = '<html><title>Access denied</title>error code: 1010</html>';

describe.each(adapterCases)('$name: requests', (adapter) => {
  const catchList = (replies: readonly Reply[]) =>
    adapter
      .create(replay(replies).options)
      .listInstances()
      .catch((error: unknown) => error);

  it('asks the documented address, with the key in its header only, our own User-Agent and a time limit', async () => {
    const { options, sent } = replay([ok(adapter.listing)]);
    await adapter.create(options).listInstances();
    const [request] = sent;
    expect(`${request?.url.origin}${request?.url.pathname}`).toBe(`${adapter.baseUrl}${adapter.listPath}`);
    expect(request?.url.href).not.toContain(API_KEY);
    expect(request?.headers.get('authorization')).toBe(`Bearer ${API_KEY}`);
    expect(request?.headers.get('user-agent')).toMatch(/^drover/);
    expect(request).toMatchObject({ method: 'GET', redirect: 'manual', hasTimeLimit: true });
  });

  it('asks another address when told to', async () => {
    const { options, sent } = replay([ok(adapter.listing)]);
    await adapter.create({ ...options, baseUrl: 'http://127.0.0.1:4010/x' }).listInstances();
    expect(sent[0]?.url.href.startsWith(`http://127.0.0.1:4010/x${adapter.listPath}`)).toBe(true);
  });

  it('reads the key anew once when it is refused, and goes on with the new one', async () => {
    const { options, sent, reloads } = replay([adapter.badKey, ok(adapter.listing)], { newKey: NEW_KEY });
    expect(await adapter.create(options).listInstances()).toHaveLength(adapter.ids.length);
    expect(sent.map(({ headers }) => headers.get('authorization'))).toEqual([
      `Bearer ${API_KEY}`,
      `Bearer ${NEW_KEY}`,
    ]);
    expect(reloads()).toBe(1);
  });

  it.each([
    ['does not repeat a request with the same refused key', API_KEY, 1],
    ['gives up when the new key is refused as well', NEW_KEY, 2],
  ])('%s', async (_what, newKey, requests) => {
    const { options, sent, reloads } = replay([adapter.badKey], { newKey });
    await expect(adapter.create(options).listInstances()).rejects.toMatchObject({ kind: 'auth-failure' });
    expect(sent).toHaveLength(requests);
    expect(reloads()).toBe(1);
  });

  it.each<[string, Reply]>([
    ['plain text', { status: 429, body: 'API requests too frequent' }],
    ['an empty body', { status: 429 }],
    ['HTML', { status: 429, body: HTML }],
    ['JSON', adapter.apiError(429, 'slow down')],
  ])('[providers#7-1] knows 429 with %s', async (_what, reply) => {
    expect(await catchList([reply])).toMatchObject({ kind: 'rate-limited' });
  });

  it.each([
    ['12', 12],
    ['0.2', 1],
    ['Mon, 23 Nov 2026 12:00:30 GMT', 30],
    ['soon', undefined],
  ])('carries Retry-After: %s', async (header, seconds) => {
    const error = await catchList([{ status: 429, headers: { 'retry-after': header } }]);
    expect(error).toMatchObject({ kind: 'rate-limited', retryAfterSeconds: seconds });
  });

  it.each([
    ['HTML', HTML],
    ['JSON of somebody else', '{"cloudflare_error":true}'],
    ['nothing', ''],
  ])('takes a 403 with %s for the edge, and leaves the key alone', async (_what, body) => {
    const { options, reloads } = replay([{ status: 403, body }]);
    await expect(adapter.create(options).listInstances()).rejects.toMatchObject({ kind: 'edge-blocked' });
    expect(reloads()).toBe(0);
  });

  it("takes the API's own 403 for the key's fault", async () => {
    expect(await catchList([adapter.apiError(403, 'missing scope')])).toMatchObject({ kind: 'auth-failure' });
  });

  it.each<[string, Reply]>([
    ['500', { status: 500, body: '{}' }],
    ['502 with HTML', { status: 502, body: HTML }],
    ['503', { status: 503 }],
    ['408', { status: 408 }],
    ['a connection that breaks', new TypeError('fetch failed', { cause: new Error('ECONNRESET') })],
    ['no answer in time', new DOMException('The operation timed out', 'TimeoutError')],
  ])('calls %s transient', async (_what, reply) => {
    expect(await catchList([reply])).toMatchObject({ kind: 'transient' });
  });

  it('keeps the cause of a connection that breaks', async () => {
    const cause = new TypeError('fetch failed');
    expect(await catchList([cause])).toMatchObject({ cause });
  });

  it.each<[string, Reply]>([
    ['the body of a 400', { status: 400, body: `bad key ${API_KEY}` }],
    ['the body of a 401', { status: 401, body: `{"error":"Bearer ${API_KEY}"}` }],
    ['the body of a 429', { status: 429, body: API_KEY }],
    ['the body of a 500', { status: 500, body: `${'x'.repeat(190)}${API_KEY}` }],
    ['an error of fetch', new TypeError(`invalid header Bearer ${API_KEY}`)],
    ['the cause of an error of fetch', new TypeError('failed', { cause: new Error(API_KEY) })],
  ])('never shows the key: %s', async (_where, reply) => {
    const error = await catchList([reply]);
    expect(error).toMatchObject({ name: 'ProviderError' });
    expect(inspect(error, { depth: 10 })).not.toContain(API_KEY.slice(0, 12));
    const outcome = await adapter.create(replay([reply]).options).terminate(adapter.instanceId);
    expect(JSON.stringify(outcome)).not.toContain(API_KEY.slice(0, 12));
  });

  it.each(['', ' ', 'with\nline', 'käse'])('sends nothing with the key %j', async (key) => {
    const { options, sent } = replay([ok(adapter.listing)], { key });
    await expect(adapter.create(options).listInstances()).rejects.toMatchObject({ kind: 'auth-failure' });
    expect(sent).toEqual([]);
  });

  it.each([
    ['transient', new TransientError('throttled')],
    ['auth-failure', new Error('no such secret')],
  ])('calls a key that cannot be read %s, as its error is', async (kind, cause) => {
    const { options } = replay([]);
    const provider = adapter.create({ ...options, apiKey: () => Promise.reject(cause) });
    await expect(provider.listInstances()).rejects.toMatchObject({ kind, cause });
  });

  it('tells the gate of each request once, with what the headers say of the limits', async () => {
    const headers = { ratelimit: '"minute";r=0;t=12, "hour";r=2800;t=1812', 'retry-after': '12' };
    const { options, observed } = replay([adapter.badKey, { status: 429, headers }], { newKey: NEW_KEY });
    await expect(adapter.create(options).listInstances()).rejects.toThrow();
    expect(observed).toEqual([
      { outcome: 'auth-failure', status: expect.any(Number), quotas: [] },
      {
        outcome: 'rate-limited',
        status: 429,
        retryAfterSeconds: 12,
        quotas: [
          { window: 'minute', remaining: 0, resetSeconds: 12 },
          { window: 'hour', remaining: 2800, resetSeconds: 1812 },
        ],
      },
    ]);
  });

  it.each<[string, Reply, string]>([
    ['410', { status: 410, body: '{"error":"deprecated_endpoint"}' }, 'unexpected-shape'],
    ['a redirect', { status: 302 }, 'unexpected-shape'],
    ['500', { status: 500 }, 'transient'],
    ['a listing', ok(adapter.listing), 'answered'],
  ])('tells the gate what %s means', async (_what, reply, outcome) => {
    const { options, observed } = replay([reply]);
    await adapter
      .create(options)
      .listInstances()
      .catch(() => undefined);
    expect(observed.map((observation) => observation.outcome)).toEqual([outcome]);
  });

  it('sends nothing when the gate forbids it', async () => {
    const { options, sent } = replay([ok(adapter.listing)]);
    const closed = new Error('breaker open');
    const gate = { acquire: () => Promise.reject(closed), observe: async () => {} };
    await expect(adapter.create({ ...options, gate }).listInstances()).rejects.toBe(closed);
    expect(sent).toEqual([]);
  });

  it('says what failed, where, and what to do', async () => {
    expect(String(await catchList([adapter.badKey]))).toMatch(
      new RegExp(
        `${adapter.name}: GET ${adapter.listPath} answered \\d+ .*drover providers login ${adapter.name}`,
      ),
    );
  });
});
