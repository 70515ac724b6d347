import { describe, expect, it } from 'vitest';
import { adapterCases } from './adapters.ts';
import { NEW_KEY, ok, type Reply, replay } from './replay.ts';

describe.each(adapterCases)('$name: terminate', (adapter) => {
  const terminate = (replies: readonly Reply[]) =>
    adapter.create(replay(replies).options).terminate(adapter.instanceId);
  const answeredWith = (reply: Reply) => terminate([...adapter.beforeTerminate, reply]);

  it('sends the documented request for this one instance and calls it accepted, not gone', async () => {
    const { options, sent } = replay(adapter.accepted);
    expect(await adapter.create(options).terminate(adapter.instanceId)).toMatchObject({
      outcome: 'accepted',
    });
    const last = sent.at(-1);
    expect(last).toMatchObject({ method: adapter.terminateMethod, body: adapter.terminateBody });
    expect(`${last?.url.origin}${last?.url.pathname}`).toBe(`${adapter.baseUrl}${adapter.terminatePath}`);
    expect(sent.filter(({ method }) => method !== 'GET')).toHaveLength(1);
  });

  it('[providers#0-3] asks to confirm when the instance is not found', async () => {
    expect(await terminate(adapter.gone)).toMatchObject({ outcome: 'gone-confirm' });
    expect(await answeredWith(adapter.gone[0] ?? { status: 0 })).toMatchObject({ outcome: 'gone-confirm' });
  });

  it('[providers#0-3] never takes a refused key for a missing instance', async () => {
    expect(await terminate([adapter.badKey])).toMatchObject({ outcome: 'auth-failure' });
    expect(await answeredWith(adapter.badKey)).toMatchObject({ outcome: 'auth-failure' });
  });

  it('tries once more with a new key', async () => {
    const { options, reloads } = replay([adapter.badKey, ...adapter.accepted], { newKey: NEW_KEY });
    expect(await adapter.create(options).terminate(adapter.instanceId)).toMatchObject({
      outcome: 'accepted',
    });
    expect(reloads()).toBe(1);
  });

  it.each<[string, Reply, string]>([
    ['a bare 404', { status: 404, body: 'not found' }, 'unknown'],
    ['a 404 page of HTML', { status: 404, body: '<html>404</html>' }, 'unknown'],
    ['410', { status: 410, body: '' }, 'unknown'],
    ['200 with an empty body', ok(''), 'unknown'],
    ['200 with HTML', ok('<html></html>'), 'unknown'],
    ['200 with an empty object', ok('{}'), 'unknown'],
    ['a redirect', { status: 307, headers: { location: 'https://elsewhere.example/' } }, 'unknown'],
    ['429', { status: 429, body: 'API requests too frequent' }, 'rate-limited'],
    ['500', { status: 500, body: 'oops' }, 'transient'],
    ['502 with HTML', { status: 502, body: '<html></html>' }, 'transient'],
    ['a 403 of the edge', { status: 403, body: 'error code: 1010' }, 'transient'],
    ['a connection that breaks', new TypeError('fetch failed'), 'transient'],
  ])('answers %s with its outcome, and never with gone', async (_what, reply, outcome) => {
    expect(await answeredWith(reply)).toMatchObject({ outcome });
  });

  it('carries how long to wait', async () => {
    const reply = { status: 429, body: '', headers: { 'retry-after': '7' } };
    expect(await answeredWith(reply)).toMatchObject({ outcome: 'rate-limited', retryAfterSeconds: 7 });
  });

  it.each(adapter.foreignIds)('refuses the id %j without a request', async (id) => {
    const { options, sent } = replay(adapter.accepted);
    expect(await adapter.create(options).terminate(id)).toMatchObject({ outcome: 'refused' });
    expect(sent).toEqual([]);
  });

  it('lets errors of our own pass', async () => {
    const { options } = replay(adapter.accepted);
    const ours = new Error('table gone');
    const gate = { acquire: () => Promise.reject(ours), observe: async () => {} };
    await expect(adapter.create({ ...options, gate }).terminate(adapter.instanceId)).rejects.toBe(ours);
  });
});
