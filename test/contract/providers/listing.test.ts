import { describe, expect, it } from 'vitest';
import type { AdapterCase } from './adapter-case.ts';
import { adapterCases } from './adapters.ts';
import { ok, type Reply, replay } from './replay.ts';

const list = (adapter: AdapterCase, replies: readonly Reply[]) =>
  adapter.create(replay(replies).options).listInstances();
const idsOf = async (adapter: AdapterCase, replies: readonly Reply[]) =>
  (await list(adapter, replies)).map(({ instanceId }) => instanceId);

describe.each(adapterCases)('$name: listInstances', (adapter) => {
  const [a, b, c] = adapter.pageIds;
  const page1 = adapter.page([a, b], 'next-1', 3);
  const page2 = adapter.page([c], undefined, 3);

  it('reads the whole list of the reference sheet', async () => {
    expect(await idsOf(adapter, [ok(adapter.listing)])).toEqual(adapter.ids);
  });

  it('follows the pages to their end and sends the token back', async () => {
    const { options, sent } = replay([ok(page1), ok(page2)]);
    const instances = await adapter.create(options).listInstances();
    expect(instances.map(({ instanceId }) => instanceId)).toEqual([a, b, c]);
    expect(sent.map(({ url }) => url.searchParams.get(adapter.tokenParameter))).toEqual([null, 'next-1']);
  });

  it('takes an empty account for an empty list', async () => {
    expect(await idsOf(adapter, [ok(adapter.emptyListing)])).toEqual([]);
  });

  it('ignores fields that it does not know', async () => {
    const listing = JSON.stringify({ ...JSON.parse(adapter.listing), brand_new: { deep: [1] } });
    expect(await idsOf(adapter, [ok(listing)])).toEqual(adapter.ids);
  });

  const noListings: [string, Reply][] = [
    ['an empty body', ok('')],
    ['an empty object', ok('{}')],
    ['an empty array', ok('[]')],
    ['null', ok('null')],
    ['an empty string', ok('""')],
    ['a page of HTML under 200', ok('<html>welcome</html>')],
    ['a body that was cut off', ok(adapter.listing.slice(0, -20))],
    ['204', { status: 204 }],
    ['a listing under 206', { status: 206, body: adapter.listing }],
    ['410', { status: 410, body: '{"success":false,"error":"deprecated_endpoint"}' }],
    ['a bare 404', { status: 404, body: 'not found' }],
    ['400', adapter.apiError(400, 'invalid_token')],
    ['a redirect', { status: 301, headers: { location: 'https://elsewhere.example/' } }],
    ...adapter.changedShapes.map(([what, body]): [string, Reply] => [what, ok(body)]),
  ];
  it.each(noListings)(
    '[providers#0-2] takes %s for an error, never for an empty inventory',
    async (_what, reply) => {
      await expect(list(adapter, [reply])).rejects.toMatchObject({
        name: 'ProviderError',
        provider: adapter.name,
        kind: 'unexpected-shape',
      });
    },
  );

  it.each<[string, Reply, string]>([
    ['fails', { status: 500, body: 'oops' }, 'transient'],
    ['is throttled', { status: 429, body: '' }, 'rate-limited'],
    ['is empty', ok(''), 'unexpected-shape'],
    ['breaks off', new TypeError('terminated'), 'transient'],
  ])('gives no part of a list when its second page %s', async (_what, reply, kind) => {
    await expect(list(adapter, [ok(page1), reply])).rejects.toMatchObject({ kind });
  });

  it('reads the list anew when an instance comes twice, since pages shifted', async () => {
    const shifted = adapter.page([b], undefined, 3);
    expect(await idsOf(adapter, [ok(page1), ok(shifted), ok(page1), ok(page2)])).toEqual([a, b, c]);
  });

  it('gives up as incomplete when an instance comes twice in each of three readings', async () => {
    const twice = replay([ok(adapter.page([a, a], undefined, 2))]);
    await expect(adapter.create(twice.options).listInstances()).rejects.toMatchObject({ kind: 'incomplete' });
    expect(twice.sent).toHaveLength(3);
  });

  it.each<[string, ...Reply[]]>([
    ['an empty page that promises more', ok(adapter.page([], 'next', 3))],
    ['an empty page that was promised', ok(adapter.page([a], 'next', 1)), ok(adapter.page([], undefined, 1))],
  ])('calls %s incomplete', async (_what, ...replies) => {
    await expect(list(adapter, replies)).rejects.toMatchObject({ kind: 'incomplete' });
  });

  it('calls pages that go in circles incomplete, at the second', async () => {
    const { options, sent } = replay([
      ok(adapter.page([a], 'again', 3)),
      ok(adapter.page([b], 'again', 3)),
      ok(adapter.page([c], undefined, 3)),
    ]);
    await expect(adapter.create(options).listInstances()).rejects.toMatchObject({ kind: 'incomplete' });
    expect(sent).toHaveLength(2);
  });

  it('ends a list whose pages never end', async () => {
    const { options, sent } = replay([]);
    let page = 0;
    const endless = adapter.create({
      ...options,
      fetch: async () => {
        page += 1;
        return new Response(adapter.page([String(page)], `token-${page}`, 1_000_000));
      },
    });
    await expect(endless.listInstances()).rejects.toMatchObject({ kind: 'incomplete' });
    expect(page).toBeLessThanOrEqual(1000);
    expect(sent).toEqual([]);
  });

  it('keeps an unknown status as unknown, with its word, and does not guess whether it bills', async () => {
    const [instance] = await list(adapter, [ok(adapter.withStatus('hibernating-v9'))]);
    expect(instance).toMatchObject({ status: 'unknown', rawStatus: 'hibernating-v9', bills: 'unknown' });
    expect(instance?.chargeMicroUsdPerHour).toBeUndefined();
  });

  it('counts money in whole micro-dollars', async () => {
    for (const instance of await list(adapter, [ok(adapter.listing)])) {
      for (const price of [
        instance.priceMicroUsdPerHour,
        instance.storagePriceMicroUsdPerHour,
        instance.chargeMicroUsdPerHour,
      ]) {
        expect(price === undefined || (Number.isSafeInteger(price) && price >= 0)).toBe(true);
      }
      expect(instance.chargeMicroUsdPerHour === 0).toBe(instance.bills === false);
    }
  });

  it('takes nothing secret into an instance', async () => {
    const instances = JSON.stringify(await list(adapter, [ok(adapter.withSecrets)]));
    expect(instances.length).toBeGreaterThan(2);
    for (const secret of adapter.secrets) expect(instances).not.toContain(secret);
  });

  it('shows no value of a listing in the error about its shape', async () => {
    const broken = adapter.withSecrets.replace('"status":', '"gone":').replace('"actual_status":', '"gone":');
    const error = await list(adapter, [ok(broken)]).catch((caught: unknown) => caught);
    expect(error).toMatchObject({ kind: 'unexpected-shape' });
    for (const secret of adapter.secrets)
      expect(JSON.stringify([String(error), error])).not.toContain(secret);
  });
});
