import { describe, expect, it } from 'vitest';
import type { CampaignState } from '../../lib/work/campaign.ts';
import { decideRating, type Rating } from '../../lib/work/decide-rating.ts';
import { at, atText } from '../nodes/fixtures.ts';

const campaign = {
  target: { metric: 'elo', value: 2000 },
  ignoreParticipants: ['random*', '*:heuristic:*', 'baseline_*'],
};
const state: CampaignState = {
  campaignId: 'hex8',
  metric: 'elo',
  best: { at: atText(-60), value: 1700 },
  measurements: [{ at: atText(-60), value: 1700 }],
  revision: 4,
};
const rating = (over: Partial<Rating> = {}): Rating => ({
  campaignId: 'hex8',
  metric: 'elo',
  value: 1650,
  measuredAt: atText(0),
  ...over,
});
const decide = (over: Partial<Rating>, before: CampaignState | undefined = state) =>
  decideRating(before, rating(over), campaign, at(0));

describe('decideRating', () => {
  it.each([
    [1699, 'measured', 1700],
    [1700, 'measured', 1700],
    [1701, 'better', 1701],
  ])('lets the best value only rise: %d is %s', (value, reason, best) => {
    const { evidence, ...decision } = decide({ value });
    expect(decision).toEqual({ action: 'record', reason });
    expect(evidence.next?.best?.value).toBe(best);
    expect(evidence.next?.measurements).toHaveLength(2);
  });

  it('takes the first rating for the best, whatever it is', () => {
    expect(decideRating(undefined, rating({ value: -5 }), campaign, at(0))).toMatchObject({
      reason: 'better',
      evidence: { next: { best: { value: -5 } } },
    });
  });

  it('changes nothing for a rating that is known', () => {
    expect(decide({ value: 1700, measuredAt: atText(-60) })).toMatchObject({
      action: 'ignore',
      reason: 'already-known',
    });
  });

  it.each(['random', 'Random-2', 'sq8:heuristic:mcts', 'runs/sq8:heuristic:x', 'baseline_1'])(
    'leaves out the participant %s that the campaign ignores [events#5-30]',
    (participant) => {
      expect(decide({ value: 2330, participant })).toMatchObject({
        action: 'ignore',
        reason: 'participant-ignored',
      });
    },
  );

  it('counts a participant that no glob names', () => {
    expect(decide({ value: 1800, participant: 'model-7' }).reason).toBe('better');
  });

  it('ignores another metric, and begins anew once the target has another', () => {
    expect(decide({ metric: 'loss', value: 9999 }).reason).toBe('other-metric');
    const other = decideRating(
      state,
      rating({ metric: 'winRate', value: 0.4 }),
      { ...campaign, target: { metric: 'winRate', value: 0.6 } },
      at(0),
    );
    expect(other.evidence.next).toMatchObject({ metric: 'winRate', best: { value: 0.4 } });
    expect(other.evidence.next?.measurements).toHaveLength(1);
  });

  it('ignores ratings of a campaign without a target', () => {
    expect(decideRating(undefined, rating(), { ignoreParticipants: [] }, at(0)).reason).toBe('no-target');
  });

  it.each([
    [300, 'record'],
    [301, 'refuse'],
  ])('takes a clock that is %d s ahead: %s', (seconds, action) => {
    expect(decide({ measuredAt: atText(seconds) }).action).toBe(action);
  });

  it('sorts a late rating in, and keeps the last 7 days', () => {
    const day = 86_400;
    const old = {
      ...state,
      measurements: [
        { at: atText(-8 * day), value: 1 },
        { at: atText(-60), value: 2 },
      ],
    };
    const { next } = decide({ measuredAt: atText(-3600) }, old).evidence;
    expect(next?.measurements.map(({ value }) => value)).toEqual([1650, 2]);
  });

  it('lets the best rise by a rating that comes days late, too', () => {
    const { next } = decide({ value: 1900, measuredAt: atText(-30 * 86_400) }).evidence;
    expect(next).toMatchObject({ best: { value: 1900 }, measurements: [{ value: 1700 }] });
  });

  it('thins out beyond 500, and keeps the oldest and the newest', () => {
    const measurements = Array.from({ length: 500 }, (_, index) => ({
      at: atText(-60_000 + index * 100),
      value: index,
    }));
    const { next } = decide({}, { ...state, measurements }).evidence;
    expect(next?.measurements).toHaveLength(500);
    expect(next?.measurements[0]).toEqual(measurements[0]);
    expect(next?.measurements.at(-1)?.at).toBe(atText(0));
  });

  it('knows how much data there is from the newest rating that says so', () => {
    const first = decide({ samples: 100 }).evidence.next;
    expect(first?.samples).toEqual({ at: atText(0), value: 100 });
    const late = decide({ value: 1, samples: 50, measuredAt: atText(-3600) }, { ...state, ...first });
    expect(late.evidence.next?.samples?.value).toBe(100);
    expect(decide({ measuredAt: atText(10) }, { ...state, ...first }).evidence.next?.samples?.value).toBe(
      100,
    );
  });
});
