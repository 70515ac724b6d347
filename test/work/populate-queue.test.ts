import { describe, expect, it } from 'vitest';
import { TransientError } from '../../lib/errors.ts';
import { atText } from '../nodes/fixtures.ts';
import { makeWorkConfig } from './config-fixtures.ts';
import { createPopulated, makeGpuWorker } from './populate-fixture.ts';

describe('populateQueue', () => {
  it('makes work that nodes can take, each job with a seed of its own', async () => {
    const { populate, pending, namesOf } = await createPopulated();
    expect((await populate()).made).toBe(10);
    const items = await pending();
    expect(items.map(({ template }) => template).sort()).toEqual([
      ...Array.from({ length: 6 }, () => 'selfplay'),
      'tournament',
      ...Array.from({ length: 3 }, () => 'training'),
    ]);
    const selfplay = items.filter(({ template }) => template === 'selfplay');
    expect(new Set(selfplay.map(({ parameters }) => parameters['seed'])).size).toBe(6);
    expect(selfplay[0]).toMatchObject({
      campaignId: 'hex8',
      createdBy: 'populate-queue',
      parameters: { games: 50 },
    });
    expect(namesOf().filter((name) => name === 'WorkSubmitted')).toHaveLength(10);
  });

  it('makes nothing more while that waits, and makes up for what was taken', async () => {
    const { populate, pending, work, clock } = await createPopulated();
    await populate();
    clock.advance(60);
    expect((await populate()).made).toBe(0);
    const [first] = await pending();
    if (first === undefined) throw new Error('nothing waits');
    await work.replace({ ...first, status: 'running' });
    clock.advance(20);
    expect((await populate()).made).toBe(1);
  });

  it('makes the same jobs when a cycle comes twice within its minute, or crashed before it was written', async () => {
    const { populate, pending, ports } = await createPopulated();
    const crash = populate({
      populations: { ...ports.populations, put: async () => Promise.reject(new Error('crash')) },
    });
    await expect(crash).rejects.toThrow('crash');
    const stale = { count: async () => ({ rows: [], pending: { cpu: 0, gpu: 0, 'gpu-large': 0 } }) };
    expect((await populate({ tallies: stale })).made).toBe(0);
    expect(await pending()).toHaveLength(10);
  });

  it('tries again next minute when another cycle was faster', async () => {
    const { populate, ports } = await createPopulated();
    await expect(populate({ populations: { ...ports.populations, put: async () => false } })).rejects.toThrow(
      TransientError,
    );
  });

  it('adds nothing while the depth is not known, and says why [events#2.15-1]', async () => {
    const { populate, pending } = await createPopulated();
    const broken = { count: async () => Promise.reject(new Error('page 3 failed')) };
    const { made, errors, population } = await populate({ tallies: broken });
    expect(made).toBe(0);
    expect(errors).toHaveLength(1);
    expect(population.stoppedBy).toEqual({
      limit: 'depth-unknown',
      message: 'it is not known how much waits: page 3 failed',
    });
    expect(await pending()).toEqual([]);
  });

  it.each([
    ['pause', 'fleet', 'fleet-held'],
    ['stop', 'fleet', 'fleet-held'],
    ['freeze', 'fleet', 'fleet-held'],
    ['freeze', 'provider:vast', undefined],
  ] as const)('under a %s of %s stops by %s', async (kind, scope, limit) => {
    const { populate, hold } = await createPopulated();
    await hold({ kind, scope });
    expect((await populate()).population.stoppedBy?.limit).toBe(limit);
  });

  it('adds nothing while the pipeline is paused', async () => {
    const { populate, pauses } = await createPopulated();
    const evaluation = { since: atText(0), reasons: ['score 12'], holding: {}, evaluatedAt: atText(0) };
    await pauses.put({ state: 'paused', ...evaluation }, undefined);
    expect((await populate()).population.stoppedBy).toEqual({
      limit: 'pipeline-paused',
      message: 'paused: score 12',
    });
  });

  it('makes nothing for a campaign that is paused', async () => {
    const { populate, hold } = await createPopulated();
    await hold({ scope: 'campaign:hex8' });
    const { made, population } = await populate();
    expect(made).toBe(0);
    expect(population.campaigns[0]?.entries[0]?.limitedBy).toBe('campaign-held');
  });

  it('makes work for all when holds cannot be read: nothing is destroyed by it', async () => {
    const { populate, ports } = await createPopulated();
    const holds = { ...ports.holds, listLive: async () => Promise.reject(new Error('throttled')) };
    expect((await populate({ holds })).made).toBe(10);
  });

  it.each([
    ['no heartbeat', { heartbeatAt: atText(-90) }],
    ['a draining node', { lifecycle: 'draining' as const }],
    [
      'a node without a GPU',
      { capabilities: { acceptsKinds: [], trains: false, ephemeral: false, gpuCount: 0 } },
    ],
    ['a node that does not know the templates', { heartbeat: { jobTemplates: {} } }],
    [
      'an unhealthy node',
      { health: { state: 'unhealthy' as const, since: atText(0), reasons: ['disk-full' as const] } },
    ],
  ])('makes nothing for %s', async (_what, over) => {
    const config = makeWorkConfig();
    const { populate } = await createPopulated(config, [makeGpuWorker(1, config, over)]);
    const { made, population } = await populate();
    expect(made).toBe(0);
    expect(population.campaigns[0]?.entries.map(({ limitedBy }) => limitedBy)).toEqual([
      'no-live-node',
      'no-live-node',
      'no-live-node',
    ]);
  });

  it('says once that the level of backpressure changed, with what it comes from [events#6-8]', async () => {
    const config = makeWorkConfig();
    const unflushed = (bytes: number) => makeGpuWorker(1, config, { heartbeat: { unflushedBytes: bytes } });
    const { populate, publisher, namesOf, clock } = await createPopulated(config, [unflushed(95e9)]);
    expect((await populate()).population.level).toBe('stop');
    clock.advance(30);
    await populate();
    expect(namesOf()).toEqual(['BackpressureChanged']);
    expect(publisher.published[0]?.fields).toMatchObject({
      from: 'none',
      to: 'stop',
      readings: expect.arrayContaining([
        expect.objectContaining({ source: 'unsynced-data', level: 'stop', fraction: 0.95 }),
      ]),
    });
    const relieved = { listByProvider: async () => [unflushed(1e9)] };
    await populate({ nodes: relieved });
    expect(publisher.published.filter(({ name }) => name === 'BackpressureChanged')).toHaveLength(2);
  });

  it('says once that idle nodes have no work, and what limits it', async () => {
    const config = makeWorkConfig({ campaign: { maximum: 0 } });
    const { populate, publisher, namesOf, clock } = await createPopulated(config);
    await populate();
    clock.advance(30);
    await populate();
    expect(namesOf()).toEqual(['QueueStarved']);
    expect(publisher.published[0]?.fields).toMatchObject({
      class: 'gpu',
      freeSlots: 1,
      limits: { 'campaign-maximum': 3 },
    });
  });

  it('tells the same event again when it crashed before it was written', async () => {
    const config = makeWorkConfig({ campaign: { maximum: 0 } });
    const { populate, publisher, ports } = await createPopulated(config);
    const crashing = { ...ports.populations, put: async () => Promise.reject(new Error('crash')) };
    await expect(populate({ populations: crashing })).rejects.toThrow('crash');
    await populate();
    const ids = publisher.published.map(({ eventId }) => eventId);
    expect(ids).toHaveLength(2);
    expect(new Set(ids).size).toBe(1);
  });

  it('needs no other part to have told it that jobs ended: it counts them [events#2.15-8]', async () => {
    const { populate, pending, work, clock } = await createPopulated();
    await populate();
    for (const item of await pending())
      await work.replace({ ...item, status: 'succeeded', availableAt: atText(30), endedAt: atText(30) });
    clock.advance(60);
    const { population, made } = await populate();
    expect(made).toBe(10);
    expect(population.classes.find((known) => known.class === 'gpu')?.drainedPerHour).toBe(5);
  });
});
