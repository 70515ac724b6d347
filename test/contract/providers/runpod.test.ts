import { describe, expect, it } from 'vitest';
import { createRunpod } from '../../../lib/providers/runpod.ts';
import { fixture, json, ok, type Reply, replay } from './replay.ts';
import { pod, runpodCase } from './runpod-case.ts';

const list = (...replies: Reply[]) => createRunpod(replay(replies).options).listInstances();
const listOne = async (fields: object) => (await list(json({ pods: [{ ...pod('a'), ...fields }] })))[0];
const terminate = (...replies: Reply[]) =>
  createRunpod(replay(replies).options).terminate(runpodCase.instanceId);
const readOne = (fields: object = {}) => json({ ...pod(runpodCase.instanceId), ...fields });

describe('RunPod', () => {
  it('[providers#0-6] reads dollars of the whole pod, and the disk of a stopped one, as the sheet lists them', async () => {
    expect(await list(ok(fixture('runpod/3.4-list.json')))).toEqual([
      {
        provider: 'runpod',
        instanceId: 'k3v9q1x7wd',
        status: 'running',
        rawStatus: 'RUNNING',
        name: 'sft-eval',
        address: '192.0.2.77',
        region: 'US-MD-1',
        gpuType: 'NVIDIA A100-SXM4-80GB',
        gpuCount: 2,
        gpuUtilizationPercent: [0, 0],
        priceMicroUsdPerHour: 3_580_000,
        storagePriceMicroUsdPerHour: 27_397,
        chargeMicroUsdPerHour: 3_580_000,
        bills: true,
        locked: false,
        createdAt: '2026-11-22T05:10:00.000Z',
      },
      {
        provider: 'runpod',
        instanceId: 'm8c2r5t0zb',
        status: 'stopped',
        rawStatus: 'EXITED',
        name: 'notebook',
        gpuType: 'NVIDIA GeForce RTX 4090',
        gpuCount: 1,
        storagePriceMicroUsdPerHour: 13_699,
        chargeMicroUsdPerHour: 13_699,
        bills: true,
        locked: false,
        createdAt: '2026-11-10T11:00:00.000Z',
      },
    ]);
  });

  it.each([
    ['PROVISIONING', 'booting'],
    ['STARTING', 'booting'],
    ['RUNNING', 'running'],
    ['EXITED', 'stopped'],
    ['ERROR', 'unhealthy'],
    ['TERMINATED', 'terminated'],
  ])('reads %s as %s', async (word, status) => {
    expect(await listOne({ status: word })).toMatchObject({ status, rawStatus: word });
  });

  it.each([
    ['running and costing 0', { cost: 0 }, 'unknown', undefined],
    ['running without a cost', { cost: undefined }, true, undefined],
    ['stopped without a persistent disk', { status: 'EXITED', cost: 0, mounts: {} }, false, 0],
    ['stopped with unknown mounts', { status: 'EXITED', cost: 0, mounts: undefined }, 'unknown', undefined],
    ['failed and costing', { status: 'ERROR', cost: 1.5 }, true, 1_500_000],
    ['failed and costing 0', { status: 'ERROR', cost: 0 }, 'unknown', undefined],
    ['terminated', { status: 'TERMINATED', cost: 0 }, false, 0],
  ])(
    '[providers#0-6] of a pod that is %s says what it knows of its bill',
    async (_what, fields, bills, charge) => {
      const instance = await listOne(fields);
      expect(instance?.bills).toBe(bills);
      expect(instance?.chargeMicroUsdPerHour).toBe(charge);
    },
  );

  it.each([
    ['no runtime', { runtime: null }],
    ['a runtime without gpus', { runtime: { uptime: 5 } }],
    ['no gpus', { runtime: { gpus: [] } }],
    ['gpus without numbers', { runtime: { gpus: [{}] } }],
    ['one number for two GPUs', { gpu: { id: 'A', count: 2 }, runtime: { gpus: [{ util: 0 }] } }],
    ['a number and a gap', { gpu: { id: 'A', count: 2 }, runtime: { gpus: [{ util: 0 }, {}] } }],
    ['a number that no percent is', { runtime: { gpus: [{ util: -1 }] } }],
  ])('[providers#7-5, providers#0-5] takes %s for no data, never for 0 %%', async (_what, fields) => {
    expect((await listOne(fields))?.gpuUtilizationPercent).toBeUndefined();
  });

  it.each([
    ['a public address', '192.0.2.77', '192.0.2.77'],
    ["the proxy's inner address", '100.66.3.4', undefined],
    ['a name', 'ssh.runpod.io', undefined],
  ])('reads %s', async (_what, host, address) => {
    expect((await listOne({ ssh: { proxy: null, direct: { host, port: 1 } } }))?.address).toBe(address);
  });

  it('[providers#0-1] asks v2, and takes the 410 of v1 for an error', async () => {
    const { options, sent } = replay([{ status: 410, body: '{"error":"Gone","status":410}' }]);
    await expect(createRunpod(options).listInstances()).rejects.toMatchObject({ kind: 'unexpected-shape' });
    expect(sent[0]?.url.href).toMatch(/^https:\/\/api\.runpod\.io\/v2\/pods/);
  });

  it('asks for the pods of clusters too', async () => {
    const { options, sent } = replay([ok(runpodCase.emptyListing)]);
    await createRunpod(options).listInstances();
    expect(sent[0]?.url.searchParams.get('includeClusterPods')).toBe('true');
  });

  it('[providers#7-6] takes a list without a word about pages for the whole', async () => {
    expect(await list(json({ pods: [pod('a')] }))).toHaveLength(1);
  });

  it('[providers#7-6] calls such a list incomplete once pages are known, or when it is as long as a page', async () => {
    const known = createRunpod(replay([ok(runpodCase.emptyListing), json({ pods: [pod('a')] })]).options);
    await known.listInstances();
    await expect(known.listInstances()).rejects.toMatchObject({ kind: 'incomplete' });

    const thousand = Array.from({ length: 1000 }, (_, index) => pod(`p${index}`));
    await expect(list(json({ pods: thousand }))).rejects.toMatchObject({ kind: 'incomplete' });
  });

  it.each([null, undefined])('calls a further page at cursor %s incomplete', async (nextCursor) => {
    const page = { pods: [pod('a')], pagination: { hasNextPage: true, nextCursor } };
    await expect(list(json(page))).rejects.toMatchObject({ kind: 'incomplete' });
  });

  it('[providers#7-5] carries what its 429 says, and reads problem+json', async () => {
    const limited = {
      status: 429,
      body: fixture('runpod/3.4-error-rate-limit.json'),
      headers: {
        'content-type': 'application/problem+json',
        'retry-after': '12',
        ratelimit: '"minute";r=0;t=12',
        'ratelimit-policy': '"minute";q=60;w=60',
      },
    };
    const { options, observed } = replay([limited]);
    await expect(createRunpod(options).listInstances()).rejects.toMatchObject({ retryAfterSeconds: 12 });
    expect(observed[0]?.quotas).toEqual([{ window: 'minute', remaining: 0, resetSeconds: 12 }]);
  });

  it('[providers#7-5] keeps no pace of its own, since the headers tell it', () => {
    expect(createRunpod(replay([]).options).pacing).toEqual([{ name: 'account', minimumIntervalSeconds: 0 }]);
  });

  it.each([
    ['is locked', { locked: true }],
    ['belongs to a cluster', { cluster: { id: 'c', rank: 0 } }],
    ['does not allow it', { actions: ['start'] }],
  ])('refuses to terminate a pod that %s, and sends nothing', async (_what, fields) => {
    const { options, sent } = replay([readOne(fields)]);
    expect(await createRunpod(options).terminate(runpodCase.instanceId)).toMatchObject({
      outcome: 'refused',
    });
    expect(sent.map(({ method }) => method)).toEqual(['GET']);
  });

  it.each<[string, Reply, string]>([
    ['409', { status: 409, body: fixture('runpod/3.4-error-conflict.json') }, 'refused'],
    ['422', { status: 422, body: fixture('runpod/3.4-error-validation.json') }, 'refused'],
    ["a 404 in v1's shape", { status: 404, body: '{"message":"not found"}' }, 'unknown'],
    ['202', { status: 202, body: '' }, 'unknown'],
  ])('answers %s to a termination with its outcome', async (_what, reply, outcome) => {
    expect(await terminate(readOne(), reply)).toMatchObject({ outcome });
  });

  it('does not terminate when the read fails, is about another pod, or says that it is over', async () => {
    expect(await terminate({ status: 500 })).toMatchObject({ outcome: 'transient' });
    expect(await terminate(readOne({ id: 'other' }))).toMatchObject({ outcome: 'unknown' });
    expect(await terminate(readOne({ status: 'TERMINATED' }))).toMatchObject({ outcome: 'gone-confirm' });
  });
});
