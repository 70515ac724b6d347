import { describe, expect, it } from 'vitest';
import { readFleetYaml } from '../../lib/config/read-fleet-yaml.ts';
import { workConfigSchema } from '../../lib/work/work-config.ts';
import { problemsOf } from '../config/fixtures.ts';
import { makeWorkConfig, writeWork } from './config-fixtures.ts';

const problemsIn = (change: Parameters<typeof writeWork>[0]): string[] =>
  problemsOf(workConfigSchema, writeWork(change));

describe('the section work', () => {
  it('takes nothing at all for no work', () => {
    expect(readFleetYaml('').work).toEqual({ templates: {}, campaigns: {}, nodePolicies: [] });
  });

  it('takes the mix of 60, 30 and 10 percent', () => {
    expect(makeWorkConfig().campaigns['hex8']?.mix.map(({ share }) => share)).toEqual([0.6, 0.3, 0.1]);
  });

  it('refuses a template that does not exist, and says which is near', () => {
    expect(problemsIn({ mix: [{ template: 'selfpaly', share: 1 }] })).toEqual([
      'campaigns.hex8.mix.0.template: there is no template selfpaly: did you mean selfplay?',
    ]);
  });

  it('refuses a template that stands twice in a mix', () => {
    const half = { template: 'training', share: 0.5 };
    expect(problemsIn({ mix: [half, half] })).toEqual([
      'campaigns.hex8.mix.1.template: this template stands twice in the mix: make one entry of the two',
    ]);
  });

  it.each([
    ['a value of another type', { games: 'many' }, 'games: must be a whole number from 1 to 500, not "many"'],
    ['a fraction for a whole number', { games: 1.5 }, 'games: must be a whole number from 1 to 500, not 1.5'],
    ['a value below the minimum', { games: 0 }, 'games: must be a whole number from 1 to 500, not 0'],
    ['a value above the maximum', { games: 501 }, 'games: must be a whole number from 1 to 500, not 501'],
    ['a word that is not on the list', { board: 'go' }, 'board: must be one of "hex8", "sq8", not "go"'],
    [
      'an option as a value',
      { note: '--delete' },
      'note: must be letters, digits and . _ + - / = : @ , that do not begin with -, not "--delete"',
    ],
    ['a blank in a value', { note: 'a b' }, 'note: must be letters'],
    [
      'an unknown name',
      { gmaes: 2 },
      'gmaes: the template has no parameter gmaes: it takes games, board, note, seed',
    ],
  ])('refuses %s for a parameter', (_what, parameters, message) => {
    expect(problemsIn({ mix: [{ template: 'selfplay', share: 1, parameters, seed: 'seed' }] })).toEqual([
      expect.stringContaining(`campaigns.hex8.mix.0.parameters.${message}`),
    ]);
  });

  it('refuses a mix with weaker settings than the template allows, before anything runs with them [events#5-29]', () => {
    const { templates } = writeWork();
    const simulations = { type: 'integer' as const, minimum: 400 };
    const strict = { ...templates?.['training'], jobType: 'training', parameters: { simulations } };
    const mix = [{ template: 'training', share: 1, parameters: { simulations: 64 } }];
    expect(
      problemsIn({ mix, section: { templates: { training: strict }, campaigns: { hex8: { mix } } } }),
    ).toEqual(['campaigns.hex8.mix.0.parameters.simulations: must be a whole number, at least 400, not 64']);
  });

  it('refuses a parameter that has neither value nor default, unless it is the seed', () => {
    expect(problemsIn({ mix: [{ template: 'selfplay', share: 1 }] })).toEqual([
      'campaigns.hex8.mix.0.parameters: seed is needed: a whole number, at least 0',
    ]);
    expect(problemsIn({ mix: [{ template: 'selfplay', share: 1, seed: 'seed' }] })).toEqual([]);
  });

  it.each([
    [
      'a seed that is text',
      { seed: 'board', parameters: { seed: 1 } },
      'seed: board is no whole-number parameter of selfplay',
    ],
    [
      'a seed that is not there',
      { seed: 'sede', parameters: { seed: 1 } },
      'seed: sede is no whole-number parameter of selfplay',
    ],
    [
      'a seed with a value',
      { seed: 'seed', parameters: { seed: 1 } },
      'seed: seed has a value in parameters, too: keep one of the two',
    ],
    [
      'a minimum above the maximum',
      { seed: 'seed', minimum: 3, maximum: 2 },
      'minimum: minimum (3) is above maximum (2)',
    ],
  ])('refuses %s', (_what, entry, message) => {
    expect(problemsIn({ mix: [{ template: 'selfplay', share: 1, ...entry }] })).toEqual([
      `campaigns.hex8.mix.0.${message}`,
    ]);
  });

  it.each([
    [[0.6, 0.3], ['campaigns.hex8.mix: the shares sum to 0.9: they must sum to 1']],
    [[0.9, 0.2], ['campaigns.hex8.mix: the shares sum to 1.1: they must sum to 1']],
    [[0.66, 0.33], []],
  ])('holds that the shares %j sum to 1, but for rounding', (shares, problems) => {
    const mix = shares.map((share, index) => ({ template: ['training', 'tournament'][index] ?? '', share }));
    expect(problemsIn({ mix })).toEqual(problems);
  });

  it('refuses a campaign whose minimum is above its maximum, and a depth likewise', () => {
    expect(problemsIn({ campaign: { minimum: 2, maximum: 1 } })).toEqual([
      'campaigns.hex8.minimum: minimum (2) is above maximum (1)',
    ]);
    expect(problemsIn({ section: { minimumDepth: 11, maximumDepth: 10 } })).toEqual([
      'minimumDepth: minimumDepth (11) is above maximumDepth (10)',
    ]);
    // The default counts, too.
    expect(problemsIn({ section: { maximumDepth: 9 } })).toEqual([
      'minimumDepth: minimumDepth (10) is above maximumDepth (9)',
    ]);
  });

  it.each([
    ['a policy for all that denies it', [{ match: ['*'], deny: ['training'] }], true],
    ['a policy for all that allows others', [{ match: ['*'], allow: ['selfplay', 'tournament'] }], true],
    [
      'an allowing policy that a policy for all hides',
      [{ match: ['*'], deny: ['training'] }, { match: ['role=x'] }],
      true,
    ],
    ['a policy for some that denies it', [{ match: ['role=x'], deny: ['training'] }], false],
    [
      'an earlier policy that allows it',
      [{ match: ['role=x'] }, { match: ['*'], deny: ['training'] }],
      false,
    ],
  ])('finds a job type that no node may run: %s', (_what, nodePolicies, isRefused) => {
    expect(problemsIn({ section: { nodePolicies } })).toEqual(
      isRefused
        ? ['templates.training.jobType: no node may run training: let one of work.nodePolicies allow it']
        : [],
    );
  });

  it('says where in the file it is', () => {
    const text = 'work:\n  campaigns:\n    a:\n      mix:\n        - template: nothing\n          share: 1\n';
    expect(() => readFleetYaml(text)).toThrow(
      'fleet.yaml:5:21 work.campaigns.a.mix[0].template: there is no template nothing: write it under work.templates',
    );
  });
});
