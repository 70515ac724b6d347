import { describe, expect, it } from 'vitest';
import { createVast } from '../../../lib/providers/vast.ts';
import { fixture, json, ok, type Reply, replay } from './replay.ts';
import { vastCase, vastEnvelope, vastInstance } from './vast-case.ts';

const list = (...replies: Reply[]) => createVast(replay(replies).options).listInstances();
const listOne = async (fields: object) =>
  (await list(json(vastEnvelope([{ ...vastInstance(1), ...fields }]))))[0];
const terminate = (...replies: Reply[]) => createVast(replay(replies).options).terminate('27114093');
const numbers = (from: number, count: number) =>
  Array.from({ length: count }, (_, index) => String(from + index));

describe('Vast.ai', () => {
  it('[providers#0-6] reads dollars of the whole instance with its disk, as the sheet lists it', async () => {
    expect(await list(ok(fixture('vast/2.5-list.json')))).toEqual([
      {
        provider: 'vast',
        instanceId: '27114093',
        status: 'running',
        rawStatus: 'running',
        name: 'ft-llama',
        address: '203.0.113.61',
        region: 'Oregon, US',
        gpuType: 'RTX 4090',
        gpuCount: 2,
        gpuUtilizationPercent: [0],
        priceMicroUsdPerHour: 832_444,
        storagePriceMicroUsdPerHour: 12_444,
        chargeMicroUsdPerHour: 832_444,
        bills: true,
        interruptible: false,
        createdAt: '2026-11-22T09:40:00.250Z',
      },
      {
        provider: 'vast',
        instanceId: '27114500',
        status: 'booting',
        rawStatus: 'null',
        address: '203.0.113.9',
        region: 'Quebec, CA',
        gpuType: 'H100 SXM',
        gpuCount: 1,
        priceMicroUsdPerHour: 1_904_000,
        storagePriceMicroUsdPerHour: 4_000,
        chargeMicroUsdPerHour: 4_000,
        bills: true,
        interruptible: true,
        createdAt: '2026-11-22T11:10:00.000Z',
      },
    ]);
  });

  it.each([
    [null, 'running', 'booting', 10_000],
    ['created', 'running', 'booting', 10_000],
    ['loading', 'running', 'booting', 10_000],
    ['running', 'running', 'running', 500_000],
    ['frozen', 'running', 'running', 500_000],
    ['rebooting', 'running', 'running', 500_000],
    ['stopped', 'stopped', 'stopped', 10_000],
    ['stopped', 'running', 'stopping', 500_000],
    ['exited', 'running', 'unhealthy', 500_000],
    ['exited', 'stopped', 'stopped', 10_000],
    ['unknown', 'running', 'unhealthy', 500_000],
    ['offline', 'running', 'unhealthy', undefined],
    ['running', 'unloaded', 'terminated', 0],
  ])('reads actual_status %s with cur_state %s as %s, charged %s', async (actual, cur, status, charge) => {
    const instance = await listOne({ actual_status: actual, cur_state: cur });
    expect(instance).toMatchObject({ status });
    expect(instance?.chargeMicroUsdPerHour).toBe(charge);
  });

  it('calls an instance whose contract is about to be released terminating, and still charged', async () => {
    const leaving = { actual_status: 'exited', cur_state: 'running', next_state: 'unloaded' };
    expect(await listOne(leaving)).toMatchObject({ status: 'terminating', chargeMicroUsdPerHour: 500_000 });
  });

  it('[providers#0-6] does not know whether an offline instance bills, and knows that a stopped one does', async () => {
    expect(await listOne({ actual_status: 'offline' })).toMatchObject({ bills: 'unknown' });
    expect(await listOne({ actual_status: 'stopped', cur_state: 'stopped' })).toMatchObject({ bills: true });
  });

  it.each([null, -1, undefined, 101])('[providers#0-5] takes gpu_util %s for no data', async (gpu_util) => {
    expect((await listOne({ gpu_util }))?.gpuUtilizationPercent).toBeUndefined();
  });

  it.each([null, undefined, -0.5])(
    'takes dph_total %s for an unknown price, not for 0',
    async (dph_total) => {
      const instance = await listOne({ dph_total });
      expect(instance?.priceMicroUsdPerHour).toBeUndefined();
      expect(instance).toMatchObject({ bills: true });
      expect(instance?.chargeMicroUsdPerHour).toBeUndefined();
    },
  );

  it('[providers#0-2] lists on v1 and takes the 410 of v0 for an error', async () => {
    const { options, sent } = replay([{ status: 410, body: fixture('vast/2.5-error-deprecated-list.json') }]);
    await expect(createVast(options).listInstances()).rejects.toMatchObject({ kind: 'unexpected-shape' });
    expect(sent[0]?.url.pathname).toBe('/api/v1/instances/');
  });

  it('pages 31 instances, 25 at a time, in the order of their ids', async () => {
    const { options, sent } = replay([
      ok(vastCase.page(numbers(100, 25), 'eyJ2YWx1ZXMiOnsiaWQiOjI3MTE0MDkzfX0=', 31)),
      ok(vastCase.page(numbers(200, 6), undefined, 31)),
    ]);
    expect(await createVast(options).listInstances()).toHaveLength(31);
    expect(sent[1]?.url.searchParams.get('after_token')).toBe('eyJ2YWx1ZXMiOnsiaWQiOjI3MTE0MDkzfX0=');
    expect(sent[1]?.url.searchParams.get('limit')).toBe('25');
    expect(sent[1]?.url.searchParams.get('order_by')).toBe('[{"col":"id","dir":"asc"}]');
  });

  it.each([
    ['fewer than the total', ['1', '2'], 3],
    ['more than the total', ['1', '2'], 1],
  ])('calls a list with %s incomplete', async (_what, ids, total) => {
    await expect(list(ok(vastCase.page(ids, undefined, total)))).rejects.toMatchObject({
      kind: 'incomplete',
    });
  });

  it('reads anew when the total changes between pages', async () => {
    const pages: [readonly string[], string | undefined, number][] = [
      [['1', '2'], 'next', 4],
      [['3'], undefined, 3],
      [['1', '2'], 'next', 3],
      [['3'], undefined, 3],
    ];
    const replies = pages.map((page) => ok(vastCase.page(...page)));
    const { options, sent } = replay(replies);
    const instances = await createVast(options).listInstances();
    expect(instances.map(({ instanceId }) => instanceId)).toEqual(['1', '2', '3']);
    expect(sent).toHaveLength(4);
  });

  it('calls a refused cursor an error', async () => {
    await expect(list({ status: 400, body: fixture('vast/2.5-error-cursor.json') })).rejects.toMatchObject({
      kind: 'unexpected-shape',
    });
  });

  it.each([401, 403, 404, 200])(
    '[providers#7-4, providers#0-3] knows a bad key by auth_error, be its status %s',
    async (status) => {
      const badKey = { status, body: fixture('vast/2.5-error-bad-key.json') };
      await expect(list(badKey)).rejects.toMatchObject({ kind: 'auth-failure' });
      expect(await terminate(badKey)).toMatchObject({ outcome: 'auth-failure' });
    },
  );

  it.each(['no_such_instance', 'not_found'])('[providers#7-4] asks to confirm %s', async (code) => {
    for (const status of [404, 200]) {
      expect(await terminate(json({ success: false, error: code, msg: 'gone' }, status))).toMatchObject({
        outcome: 'gone-confirm',
      });
    }
  });

  it('takes success false under 200 for a refusal', async () => {
    expect(await terminate(ok(fixture('vast/2.5-failed-under-200.json')))).toEqual({
      outcome: 'refused',
      detail: 'missing_billing',
    });
  });

  it('reads how long to wait from the text of a 429, the only place that tells', async () => {
    const limited = { status: 429, body: fixture('vast/2.5-rate-limit.txt') };
    expect(await terminate(limited)).toMatchObject({ outcome: 'rate-limited', retryAfterSeconds: 3 });
    const detail = json({ detail: 'API requests too frequent endpoint threshold=1.0' }, 429);
    await expect(list(detail)).rejects.toMatchObject({ kind: 'rate-limited', retryAfterSeconds: 1 });
  });

  it('destroys on v0 and keeps the slash, since the path without an id destroys in bulk', async () => {
    const { options, sent } = replay([ok(fixture('vast/2.5-success.json'))]);
    await createVast(options).terminate('27114093');
    expect(sent[0]?.url.pathname).toBe('/api/v0/instances/27114093/');
  });

  it('paces listing and destroying apart', () => {
    expect(createVast(replay([]).options).pacing).toEqual([
      { name: 'list', minimumIntervalSeconds: 1.1 },
      { name: 'destroy', minimumIntervalSeconds: 3.2 },
    ]);
  });
});
