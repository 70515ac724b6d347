import { describe, expect, it } from 'vitest';
import * as z from 'zod';
import { type SimulatedProvider, simulate } from './simulated-provider.ts';

const stateSchema = z.array(
  z.looseObject({
    provider: z.string(),
    instances: z.array(z.looseObject({ id: z.string(), phase: z.string() })),
  }),
);

const control = async (
  { endpoint }: SimulatedProvider,
  method: string,
  path: string,
  body?: unknown,
): Promise<{ status: number; json: unknown }> => {
  const response = await fetch(`${endpoint}/_sim${path}`, {
    method,
    headers: { 'content-type': 'application/json' },
    ...(body !== undefined && { body: JSON.stringify(body) }),
  });
  return { status: response.status, json: await response.json() };
};

describe('the control API of the simulators', () => {
  it('rents, shows, and takes back', async () => {
    const provider = await simulate('vast', { rateLimits: false });

    const rented = await control(provider, 'POST', '/vast/instances', { name: 'extra' });
    const { id } = z.looseObject({ id: z.string() }).parse(rented.json);
    const shown = stateSchema.parse((await control(provider, 'GET', '')).json);
    const taken = await control(provider, 'POST', `/vast/instances/${id}/vanish`, {});

    expect(rented).toMatchObject({ status: 201, json: { name: 'extra' } });
    expect(shown.map(({ provider: key, instances }) => [key, instances.length])).toEqual([
      ['lambda-labs', 0],
      ['vast', 1],
      ['runpod', 0],
    ]);
    expect(taken.status).toBe(200);
    expect(provider.account.listed()).toEqual([]);
  });

  it('injects faults and ends them', async () => {
    const provider = await simulate('runpod');

    await control(provider, 'POST', '/runpod/faults', { fault: 'server-error', on: 'list' });
    const broken = await provider.call('/pods');
    await control(provider, 'DELETE', '/runpod/faults');
    const healed = await provider.call('/pods');

    expect([broken.status, healed.status]).toEqual([500, 200]);
  });

  it('scripts what the provider says of an instance', async () => {
    const provider = await simulate('runpod');
    const [pod] = await provider.rentRunning(1);

    await control(provider, 'POST', `/runpod/instances/${pod?.id}/script`, {
      answerFields: { status: 'ERROR' },
      gpuUtilization: [50, 60],
    });

    expect(await provider.list('/pods', 'pods')).toMatchObject([
      { status: 'ERROR', runtime: { gpus: [{ util: 50 }, { util: 60 }] } },
    ]);
  });

  it('sets what runs on a machine, and the provider shows it', async () => {
    const provider = await simulate('runpod');
    const [pod] = await provider.rentRunning(1);
    const setLoad = (body: unknown) => control(provider, 'POST', `/runpod/instances/${pod?.id}/load`, body);
    const shown = async () => (await provider.list('/pods', 'pods'))[0]?.['runtime'];

    provider.account.script(pod?.id ?? '', { gpuUtilization: null });
    await setLoad({ gpuPercent: [7, 91], sshSessions: 1 });
    const busy = await shown();
    await setLoad({ gpuPercent: 0 });
    const idle = await shown();
    const refused = await setLoad({ gpuPercent: [1, 2, 3] });

    expect(busy).toMatchObject({ gpus: [{ util: 7 }, { util: 91 }] });
    expect(idle).toMatchObject({ gpus: [{ util: 0 }, { util: 0 }] });
    expect(provider.account.find(pod?.id ?? '')?.load.sshSessions).toBe(1);
    expect(refused).toMatchObject({ status: 400, json: { message: expect.stringContaining('has 2') } });
  });

  it('rents a machine that is busy from the start', async () => {
    const provider = await simulate('vast', { rateLimits: false });

    const rented = await control(provider, 'POST', '/vast/instances', { load: { gpuPercent: 60 } });

    expect(rented).toMatchObject({ status: 201, json: { load: { gpuPercent: 60, cpuPercent: 0 } } });
  });

  it.each([
    ['a provider that is not simulated', 'POST', '/aws/faults', { fault: 'gone' }, 404],
    ['an instance of nobody', 'POST', '/vast/instances/1/preempt', {}, 404],
    ['a fault that does not exist', 'POST', '/vast/faults', { fault: 'rain' }, 400],
    ['a load beyond all', 'POST', '/vast/instances', { load: { gpuPercent: 101 } }, 400],
    ['an unknown path', 'POST', '/vast/weather', {}, 404],
  ])('refuses %s', async (_what, method, path, body, status) => {
    const provider = await simulate('vast');

    const answer = await control(provider, method, path, body);

    expect(answer.status).toBe(status);
    expect(answer.json).toHaveProperty('message');
  });

  it('takes nothing that a page in a browser could send', async () => {
    const provider = await simulate('vast');

    const response = await fetch(`${provider.endpoint}/_sim/vast/faults`, {
      method: 'POST',
      headers: { 'content-type': 'text/plain' },
      body: JSON.stringify({ fault: 'gone' }),
    });

    expect(response.status).toBe(415);
  });
});
