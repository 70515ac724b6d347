import { describe, expect, it } from 'vitest';
import { defaultFleetConfig } from '../../../lib/config/fleet-config.ts';
import { decidePopulation } from '../../../lib/work/decide-population.ts';
import { makeWorkConfig } from '../../work/config-fixtures.ts';
import { makeDepth, makeFacts, row } from '../../work/population-fixtures.ts';
import { createTestInstallation } from '../support/test-installation.ts';

const NOW = new Date('2026-11-23T12:00:00.000Z');
const text = (seconds: number): string => new Date(NOW.getTime() + seconds * 1000).toISOString();

const prepare = async (waiting = 0, cycleAt = NOW) => {
  const installation = createTestInstallation();
  const { stores } = installation;
  const work = makeWorkConfig({ campaign: { target: { metric: 'elo', value: 2000 } } });
  await stores.configs.put(
    {
      version: 1,
      appliedAt: text(0),
      appliedBy: 'somebody',
      reason: 'test',
      config: { ...defaultFleetConfig(), work },
    },
    0,
  );
  await stores.campaigns.put(
    {
      campaignId: 'hex8',
      metric: 'elo',
      best: { at: text(0), value: 1900 },
      measurements: [
        { at: text(-86_400), value: 1880 },
        { at: text(0), value: 1900 },
      ],
    },
    undefined,
  );
  const depth = makeDepth(waiting === 0 ? [] : [row('selfplay', waiting)]);
  const { evidence } = decidePopulation(makeFacts({ config: work, depth }), cycleAt);
  await stores.populations.put(evidence, undefined);
  const run = (...args: string[]) => installation.run(args, { clock: { now: () => NOW } });
  return { stores, run };
};

describe('drover campaigns', () => {
  it('lists how far each is; velocity and ETA are shown', async () => {
    const { run } = await prepare();
    const { out } = await run('campaigns', 'list', '--json');
    const { campaigns } = JSON.parse(out);
    expect(campaigns).toMatchObject([
      { campaignId: 'hex8', state: 'runs', best: 1900, target: 2000, gap: 100, entitlement: 1 },
    ]);
    expect(campaigns[0].velocityPerDay).toBeCloseTo(20);
    expect(campaigns[0].etaAt).toBe(text(5 * 86_400));
    expect((await run('campaigns', 'list')).out).toContain('hex8');
  });

  it('shows one, with what its share comes from and what limits its entries', async () => {
    const { run } = await prepare(950);
    const { out } = await run('campaigns', 'show', 'hex8');
    expect(out).toContain('weight 1 × distance to the target 1.2 × staleness 1 × lack of data 1');
    expect(out).toContain('what was made before waits downstream');
  });

  it('says what to do when there is no such campaign', async () => {
    const { run } = await prepare();
    const { exitCode, error } = await run('campaigns', 'show', 'hex9');
    expect(exitCode).not.toBe(0);
    expect(error).toContain('there is no campaign hex9; did you mean hex8?');
  });

  it('sets one place, in a new version, and checks the whole of it', async () => {
    const { run, stores } = await prepare();
    const reason = ['--reason', 'test'];
    expect((await run('campaigns', 'set', 'hex8', 'target.value', '2100', ...reason)).exitCode).toBe(0);
    const { version, config } = await stores.configs.current();
    expect(version).toBe(2);
    expect(config.work.campaigns['hex8']?.target?.value).toBe(2100);
    const wrong = await run('campaigns', 'set', 'hex8', 'mix', '[{template: selfpaly, share: 1}]', ...reason);
    expect(wrong.error).toContain('did you mean selfplay?');
    expect((await stores.configs.current()).version).toBe(2);
  });

  it('pauses one by a hold, which the list shows', async () => {
    const { run, stores } = await prepare();
    await run('campaigns', 'pause', 'hex8', '--for', '1h', '--reason', 'bad data');
    expect(await stores.holds.listLive(NOW)).toMatchObject([
      { kind: 'pause', scope: 'campaign:hex8', reason: 'bad data', expiresAt: text(3600) },
    ]);
    const { out } = await run('campaigns', 'list', '--json');
    expect(JSON.parse(out).campaigns).toMatchObject([{ state: 'paused' }]);
    expect((await run('campaigns', 'pause', 'hex9', '--reason', 'x')).exitCode).not.toBe(0);
  });
});

describe('drover queue', () => {
  it('says stop at 95 % of the hard limit, as the metric and the event do [events#6-8]', async () => {
    const { run } = await prepare(950);
    const { out } = await run('queue', 'status', '--json');
    expect(JSON.parse(out)).toMatchObject({ level: 'stop', stoppedBy: { limit: 'backpressure-stop' } });
    const human = (await run('queue', 'status')).out;
    expect(human).toContain('Backpressure stop');
    expect(human).toContain('950 jobs wait; the hard limit is 1000');
  });

  it('explains each entry: needed, made, and what limited it', async () => {
    const { run } = await prepare(3);
    const { out } = await run('queue', 'explain', 'hex8', '--json');
    expect(JSON.parse(out).campaigns[0].entries).toMatchObject([
      { template: 'selfplay', waiting: 3, needed: 3, made: 3, limitedBy: 'nothing' },
      { template: 'training', needed: 3, made: 3 },
      { template: 'tournament', needed: 1, made: 1 },
    ]);
    expect((await run('queue', 'explain')).out).toContain('hex8');
    expect((await run('queue', 'explain', 'hex9')).exitCode).not.toBe(0);
  });

  it('fails, and says so, when the last cycle is old or there was none', async () => {
    const { run } = await prepare(0, new Date(NOW.getTime() - 301_000));
    const { exitCode, out } = await run('queue', 'status');
    expect(exitCode).toBe(1);
    expect(out).toContain('populate-queue does not run');
    const never = await createTestInstallation().run(['queue', 'status']);
    expect(never.error).toContain('populate-queue has never run');
  });
});
