import { beforeAll, describe, expect, it } from 'vitest';
import { addSeconds, toTimestamp } from '../../lib/time.ts';
import type { CampaignState } from '../../lib/work/campaign.ts';
import { START } from '../nodes/fixtures.ts';
import { makeWorkConfig } from './config-fixtures.ts';
import { createSimulatedQueue, type Step } from './simulation/simulated-queue.ts';

const DAYS = 30;
/** The function runs each minute; more seldom is harder to keep fair, and quick enough to simulate. */
const STEP_SECONDS = 600;
const HOUR = 3600;
const STEPS = (DAYS * 24 * HOUR) / STEP_SECONDS;
const TYPES = ['selfplay', 'training', 'tournament'] as const;
const CAMPAIGNS = ['heavy', 'plain', 'light', 'rising', 'met', 'new'] as const;

const target = { metric: 'elo', value: 2000 };
const mix = [
  { template: 'selfplay', share: 0.6 },
  { template: 'training', share: 0.3 },
  { template: 'tournament', share: 0.1 },
];
const config = makeWorkConfig({
  section: {
    templates: {
      selfplay: { jobType: 'selfplay', command: ['selfplay'], requires: { gpus: 1 } },
      training: { jobType: 'training', command: ['train'], requires: { gpus: 1 } },
      tournament: { jobType: 'tournament', command: ['tournament'] },
    },
    campaigns: {
      heavy: { mix, weight: 4 },
      plain: { mix, weight: 2 },
      light: { mix, weight: 0.5 },
      rising: { mix, target },
      met: { mix, target },
      new: { mix, target },
    },
  },
});

/** `rising` gains 30 a day and meets its target in the simulation, `met` did long ago, `new` is never measured. */
const statesAt = (now: Date): CampaignState[] => {
  const days = (now.getTime() - START.getTime()) / (24 * HOUR * 1000);
  const measuredAt = toTimestamp(addSeconds(now, -((now.getTime() / 1000) % (6 * HOUR))));
  const state = (campaignId: string, value: number): CampaignState => ({
    campaignId,
    metric: 'elo',
    best: { at: measuredAt, value },
    measurements: [{ at: measuredAt, value }],
    revision: 1,
  });
  return [state('rising', 1400 + 30 * days), state('met', 2050)];
};

/** 15 to 90 minutes, by the job alone, so that every run is the same. */
const secondsOf = ({ jobType, workId }: { jobType: string; workId: string }): number => {
  const spread = (Number.parseInt(workId.slice(-3), 16) % 10) / 10;
  return (jobType === 'training' ? 45 : 15) * 60 * (1 + spread);
};

/** Between 12 and 36 nodes, in waves of two days, one by one; and every fifth hour one is exchanged. */
const nodesAt = (step: number): number =>
  24 + Math.round(12 * Math.sin((step * STEP_SECONDS * Math.PI) / (24 * HOUR)));

const longestPause = (steps: readonly Step[], isIt: (item: Step['started'][number]) => boolean): number => {
  let [longest, since] = [0, 0];
  for (const [index, { started, running }] of steps.entries()) {
    // Served is who runs, not only who starts.
    if (started.some(isIt) || running.some(isIt)) since = index;
    longest = Math.max(longest, index - since);
  }
  return longest * STEP_SECONDS;
};

describe('30 days of a fleet whose nodes come and go', () => {
  const steps: Step[] = [];

  beforeAll(() => {
    const queue = createSimulatedQueue({ config, secondsOf, statesAt });
    for (let step = 0; step < STEPS; step += 1) {
      if (step % 30 === 29) queue.leave();
      while (queue.nodeCount() < nodesAt(step)) queue.join();
      while (queue.nodeCount() > nodesAt(step)) queue.leave();
      steps.push(queue.step(step * STEP_SECONDS));
    }
  }, 60_000);

  it('gives each campaign what it is entitled to, within 5 points [events#5-3]', () => {
    const all = steps.reduce((sum, { running }) => sum + running.length, 0);
    for (const campaign of CAMPAIGNS) {
      const got = steps.reduce(
        (sum, { running }) => sum + running.filter(({ campaignId }) => campaignId === campaign).length,
        0,
      );
      const due = steps.reduce(
        (sum, { shares, running }) => sum + (shares[campaign] ?? 0) * running.length,
        0,
      );
      expect(Math.abs(got - due) / all, campaign).toBeLessThan(0.05);
    }
  });

  it('leaves no campaign without service for more than 2 hours', () => {
    for (const campaign of CAMPAIGNS)
      expect(
        longestPause(steps, ({ campaignId }) => campaignId === campaign),
        campaign,
      ).toBeLessThanOrEqual(2 * HOUR);
  });

  it('leaves no job type without service for more than 2 hours', () => {
    for (const type of TYPES)
      expect(
        longestPause(steps, ({ jobType }) => jobType === type),
        type,
      ).toBeLessThanOrEqual(2 * HOUR);
  });

  it('lets no more wait than the fleet does in 3 hours [events#5-1]', () => {
    const settled = steps.slice((4 * HOUR) / STEP_SECONDS);
    const over = settled.filter(({ pending, doneInThreeHours }) => pending > doneInThreeHours);
    expect(over.length).toBe(0);
  });

  it('lets no node be idle for want of work', () => {
    expect(steps.filter(({ freeSlots }) => freeSlots > 0).length).toBe(0);
  });
});
