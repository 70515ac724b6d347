import { describe, expect, it } from 'vitest';
import { classOf } from '../../lib/work/class-of.ts';
import { digestTemplate, jobTemplateSchema } from '../../lib/work/job-template.ts';
import { makeWorkItem, type WorkRequest } from '../../lib/work/make-work-item.ts';
import { workItemSchema } from '../../lib/work/work-item.ts';
import { atText, START } from '../nodes/fixtures.ts';
import { makeConfig, selfplay, workIdOf } from './work-fixture.ts';

const config = makeConfig({ campaigns: { hex8: { mix: [{ template: 'selfplay', share: 1 }] } } });
const origin = { workId: workIdOf(1), createdBy: 'op', now: START };
const make = (request: Partial<WorkRequest> = {}, from = config) =>
  makeWorkItem(from, { template: 'selfplay', parameters: {}, ...request }, origin);

describe('makeWorkItem', () => {
  it('takes from the template all that decides later, and the defaults of its parameters', () => {
    const item = make({ campaignId: 'hex8', lane: 'urgent' });
    expect(workItemSchema.parse(item)).toEqual(item);
    expect(item).toMatchObject({
      workId: workIdOf(1),
      campaignId: 'hex8',
      jobType: 'selfplay',
      templateDigest: digestTemplate(selfplay),
      parameters: { games: 50 },
      evidence: { gamesPlayed: { minimum: 1 } },
      class: 'cpu',
      lane: 'urgent',
      status: 'pending',
      availableAt: atText(0),
      maxAttempts: 3,
    });
  });

  it('lets the template of a node be its own where fleet.yaml says no command', () => {
    const own = jobTemplateSchema.parse({ jobType: 'selfplay' });
    expect(make({}, makeConfig({ templates: { selfplay: own } }))).not.toHaveProperty('templateDigest');
  });

  it('waits for what it depends on, named once', () => {
    const item = make({ dependsOn: [workIdOf(2), workIdOf(2), workIdOf(3)] });
    expect(item).toMatchObject({ status: 'blocked', waitsFor: [workIdOf(2), workIdOf(3)] });
    expect(() => make({ dependsOn: [workIdOf(1)] })).toThrow('cannot depend on itself');
  });

  it.each<[Partial<WorkRequest>, string]>([
    [{ template: 'play' }, 'no job template "play": it has selfplay, training'],
    [{ template: 'toString' }, 'no job template "toString"'],
    [{ campaignId: 'other' }, 'no campaign "other"'],
    [{ parameters: { games: 0 } }, 'games must be'],
    [{ parameters: { games: 1.5 } }, 'games must be'],
    [{ parameters: { games: '5' } }, 'games must be'],
    [{ parameters: { game: 5 } }, 'no parameter "game"'],
  ])(
    'refuses %j and says what to write: no job waits that no template is for [events#2.15-10]',
    (request, message) => {
      expect(() => make(request)).toThrow(message);
    },
  );

  it('gives equal work equal keys, and only equal work', () => {
    const keys = [
      make().duplicateKey,
      make({ parameters: { games: 51 } }).duplicateKey,
      make({ campaignId: 'hex8' }).duplicateKey,
      make({ template: 'training' }).duplicateKey,
    ];
    expect(new Set(keys).size).toBe(keys.length);
    expect(make({ parameters: { games: 50 }, lane: 'urgent' }).duplicateKey).toBe(make().duplicateKey);
  });
});

describe('classOf', () => {
  it.each([
    [{ gpus: 0 }, 'cpu'],
    [{ gpus: 0, gpuMemoryGigabytes: 80 }, 'cpu'],
    [{ gpus: 1 }, 'gpu'],
    [{ gpus: 1, gpuMemoryGigabytes: 39.9 }, 'gpu'],
    [{ gpus: 1, gpuMemoryGigabytes: 40 }, 'gpu-large'],
  ])('of %j is %s', (requires, workClass) => {
    expect(classOf(requires)).toBe(workClass);
  });
});
