import { describe, expect, it } from 'vitest';
import type { PopulatorSettings } from '../../../lib/migration/compat/populator-settings.ts';
import { QueuePopulation } from '../../../lib/migration/compat/queue-population.ts';
import { decidePopulation } from '../../../lib/work/decide-population.ts';
import { makeDepth, makeFacts, row } from '../../work/population-fixtures.ts';
import { CALLER, createInstallation, NOW } from './memory-installation.ts';

const template = (jobType: string) => ({ jobType, command: ['node', 'play.mjs'] });
const work = {
  templates: { play: template('selfplay'), train: template('training'), rank: template('tournament') },
  campaigns: {
    hex8: {
      target: { metric: 'elo', value: 2000 },
      mix: [
        { template: 'play', share: 0.6 },
        { template: 'train', share: 0.3 },
        { template: 'rank', share: 0.1 },
      ],
    },
  },
  jobTypes: { selfplay: { maximum: 100 } },
  minimumDepth: 50,
};

const prepare = async (
  config: PopulatorSettings = {},
  sections: Readonly<Record<string, unknown>> = {},
  mayControl = false,
) => {
  const installation = await createInstallation({ work, ...sections }, mayControl);
  return { ...installation, populator: new QueuePopulation(config, installation.ports) };
};
const ENFORCED = { idle: { providers: { vast: { mode: 'enforce' } } } };

describe('QueuePopulation', () => {
  it('stop() sets an audited pause of the fleet that ends after 24 hours', async () => {
    const { populator, live, audit, pass } = await prepare();
    expect(await populator.stop('new rules')).toEqual({ stoppedUntil: '2026-11-26T12:00:00.000Z' });
    expect(await live()).toMatchObject([
      { kind: 'pause', scope: 'fleet', setBy: CALLER, reason: 'drover/compat stop: new rules' },
    ]);
    expect(await audit.listByAction('put-hold', 10)).toMatchObject([{ actor: CALLER }]);
    pass(86_401);
    expect(await populator.status()).toEqual({});
  });

  it('start() releases what stop() set, and no freeze that other old code set', async () => {
    const { populator, live, ports } = await prepare();
    await populator.stop();
    await ports.holds.put({
      holdId: 'h-other',
      kind: 'freeze',
      scope: 'fleet',
      reason: 'drover/compat stop: other',
      setBy: CALLER,
      setAt: NOW.toISOString(),
      expiresAt: '2026-11-26T12:00:00.000Z',
    });
    await populator.start();
    expect((await live()).map(({ holdId }) => holdId)).toEqual(['h-other']);
  });

  it.each(['start', 'stop'] as const)(
    '%s() refuses where any provider is in mode enforce, and changes nothing',
    async (call) => {
      const { populator, live } = await prepare({}, ENFORCED);
      await expect(populator[call]()).rejects.toThrow(
        /queue populator is refused in mode enforce: set DROVER_COMPAT_CONTROL=1/,
      );
      expect(await live()).toEqual([]);
    },
  );

  it('does both there with permission', async () => {
    const { populator, live } = await prepare({}, ENFORCED, true);
    await populator.stop();
    expect(await live()).toHaveLength(1);
    await populator.start();
    expect(await live()).toEqual([]);
  });

  it('start() takes settings that fleet.yaml has as well', async () => {
    const { populator } = await prepare({
      targetElo: 2000,
      selfplayRatio: 0.6,
      trainingRatio: 0.3,
      tournamentRatio: 0.1,
      minQueueDepth: 50,
      maxPendingSelfplay: 100,
    });
    await expect(populator.start()).resolves.toEqual({});
  });

  it.each([
    [{ targetElo: 2100 }, 'work.campaigns.hex8.target.value is 2000, not 2100'],
    [{ selfplayRatio: 0.7 }, 'the share of selfplay in work.campaigns.hex8.mix is 0.6, not 0.7'],
    [{ minQueueDepth: 100 }, 'work.minimumDepth is 50, not 100'],
    [{ maxPendingTraining: 50 }, 'work.jobTypes.training.maximum is not set, not 50'],
  ] as const)('start() refuses %j, which would have no effect', async (config, message) => {
    const { populator, live } = await prepare(config);
    await populator.stop();
    await expect(populator.start()).rejects.toThrow(`${message}: set it in fleet.yaml`);
    expect(await live()).toHaveLength(1);
  });

  it('populate() has a cycle run, and answers what it made', async () => {
    const { populator, populations, cyclesRun } = await prepare();
    expect(await populator.populate()).toBe(0);
    const { evidence } = decidePopulation(makeFacts({ depth: makeDepth([row('selfplay', 3)]) }), NOW);
    await populations.put(evidence, undefined);
    const made = await populator.populate();
    expect(cyclesRun()).toBe(2);
    expect(made).toBeGreaterThan(0);
    expect((await populator.status()).cycle).toMatchObject({
      at: NOW.toISOString(),
      waiting: 3,
      made,
      level: 'none',
    });
  });

  it('says why nothing could be made', async () => {
    const { populator, populations } = await prepare();
    const brake = { limit: 'fleet-held', message: 'pause of fleet by op' } as const;
    await populations.put(decidePopulation(makeFacts({ brake }), NOW).evidence, undefined);
    expect((await populator.status()).cycle).toMatchObject({ made: 0, stoppedBy: 'pause of fleet by op' });
  });
});
