import { describe, expect, it } from 'vitest';
import { createLambdaLabs } from '../../../lib/providers/lambda-labs.ts';
import { lambdaInstance, lambdaLabsCase } from './lambda-labs-case.ts';
import { fixture, json, ok, type Reply, replay } from './replay.ts';

const ID = lambdaLabsCase.instanceId;
const list = (...replies: Reply[]) => createLambdaLabs(replay(replies).options).listInstances();
const terminate = (...replies: Reply[]) => createLambdaLabs(replay(replies).options).terminate(ID);
const error = (status: number, code: string): Reply => json({ error: { code, message: 'no' } }, status);
const readOne = json({ data: lambdaInstance(ID) });

describe('Lambda Labs', () => {
  it('[providers#0-6] reads whole cents of the whole instance, as the sheet lists it', async () => {
    expect(await list(ok(fixture('lambda-labs/1.4-list.json')))).toEqual([
      {
        provider: 'lambda-labs',
        instanceId: ID,
        status: 'running',
        rawStatus: 'active',
        name: 'train-a',
        address: '198.51.100.24',
        region: 'us-south-1',
        gpuType: 'H100 (80 GB SXM5)',
        gpuCount: 1,
        priceMicroUsdPerHour: 4_290_000,
        chargeMicroUsdPerHour: 4_290_000,
        bills: true,
      },
      {
        provider: 'lambda-labs',
        instanceId: '77ad02c4f5be4b0d9c3a1be0c6620e9d',
        status: 'booting',
        rawStatus: 'booting',
        region: 'us-west-1',
        gpuType: 'A100 (80 GB SXM4)',
        gpuCount: 8,
        priceMicroUsdPerHour: 22_320_000,
        chargeMicroUsdPerHour: 0,
        bills: false,
      },
    ]);
  });

  it.each([
    ['booting', 'booting', false],
    ['active', 'running', true],
    ['unhealthy', 'unhealthy', true],
    ['terminating', 'terminating', false],
    ['terminated', 'terminated', false],
    ['preempted', 'preempted', false],
  ])('reads %s as %s, bills: %s', async (word, status, bills) => {
    const [instance] = await list(ok(lambdaLabsCase.withStatus(word)));
    expect(instance).toMatchObject({ status, rawStatus: word, bills });
  });

  it('[providers#0-4, providers#0-5] cannot stop, and reports no utilisation', async () => {
    const { capabilities } = createLambdaLabs(replay([]).options);
    expect(capabilities).toMatchObject({
      canStop: false,
      reportsUtilization: false,
      reportsPreemption: true,
    });
    const [instance] = await list(ok(fixture('lambda-labs/1.4-list.json')));
    expect(instance?.gpuUtilizationPercent).toBeUndefined();
  });

  it('[providers#7-3] takes first_healthy for the creation when it comes, and asks for no pages', async () => {
    const healthy = { ...lambdaInstance(ID), first_healthy: '2026-11-23T10:00:00+00:00' };
    const { options, sent } = replay([json({ data: [healthy] })]);
    const [instance] = await createLambdaLabs(options).listInstances();
    expect(instance?.createdAt).toBe('2026-11-23T10:00:00.000Z');
    expect(sent[0]?.url.search).toBe('');
  });

  it('[providers#7-3] follows a page_token that comes unasked', async () => {
    const first = json({ data: [lambdaInstance('a')], page_token: 'abc' });
    const { options, sent } = replay([first, json({ data: [lambdaInstance('b')] })]);
    expect(await createLambdaLabs(options).listInstances()).toHaveLength(2);
    expect(sent[1]?.url.search).toBe('?page_token=abc');
  });

  it.each(['global/account-inactive', 'global/forbidden', 'global/invalid-api-key'])(
    "takes %s for the key's fault, whatever the status",
    async (code) => {
      await expect(list(error(400, code))).rejects.toMatchObject({ kind: 'auth-failure' });
    },
  );

  it.each(['global/internal-error', 'provider/internal-unavailable'])('calls %s transient', async (code) => {
    await expect(list(error(400, code))).rejects.toMatchObject({ kind: 'transient' });
  });

  it.each([
    ['terminating', 'accepted'],
    ['terminated', 'gone-confirm'],
    ['preempted', 'gone-confirm'],
  ])('[providers#7-2] sends no termination to an instance that is %s', async (status, outcome) => {
    const { options, sent } = replay([json({ data: lambdaInstance(ID, status) })]);
    expect(await createLambdaLabs(options).terminate(ID)).toMatchObject({ outcome });
    expect(sent.map(({ method }) => method)).toEqual(['GET']);
  });

  it('[providers#7-2] believes the reason vm-is-terminating as well', async () => {
    const actions = { terminate: { available: false, reason_code: 'vm-is-terminating' } };
    expect(await terminate(json({ data: { ...lambdaInstance(ID), actions } }))).toMatchObject({
      outcome: 'accepted',
    });
  });

  it.each<[string, Reply, string]>([
    ['a 200 that names nothing', json({ data: { terminated_instances: [] } }), 'unknown'],
    ['a 200 that names another', json({ data: { terminated_instances: [{ id: 'x' }] } }), 'unknown'],
    ['the error of a second termination', error(400, 'global/unknown'), 'unknown'],
    ['the 404 of a path', error(404, 'global/not-found'), 'unknown'],
    ['a conflict', error(409, 'global/conflict'), 'transient'],
    ['bad parameters', error(400, 'global/invalid-parameters'), 'refused'],
    ['a failure behind Lambda', error(400, 'provider/internal-unavailable'), 'transient'],
  ])('[providers#7-2] answers %s with its outcome', async (_what, reply, outcome) => {
    expect(await terminate(readOne, reply)).toMatchObject({ outcome });
  });

  it('does not terminate when the read fails, or is about another instance', async () => {
    expect(await terminate({ status: 500 })).toMatchObject({ outcome: 'transient' });
    const { options, sent } = replay([json({ data: lambdaInstance('other') })]);
    expect(await createLambdaLabs(options).terminate(ID)).toMatchObject({ outcome: 'unknown' });
    expect(sent).toHaveLength(1);
  });

  it('shares one pace over all calls', () => {
    expect(createLambdaLabs(replay([]).options).pacing).toEqual([
      { name: 'account', minimumIntervalSeconds: 1.1 },
    ]);
  });
});
