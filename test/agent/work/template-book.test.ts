import { describe, expect, it } from 'vitest';
import { type OwnTemplates, TemplateBook } from '../../../agent/work/template-book.ts';
import { digestTemplate, jobTemplateSchema } from '../../../lib/work/job-template.ts';

const fleetTemplate = jobTemplateSchema.parse({ jobType: 'selfplay', command: ['/fleet'] });
const own: OwnTemplates = { shared: { ...fleetTemplate, command: ['/own'] } };
const fleet = {
  shared: fleetTemplate,
  fleet: fleetTemplate,
  named: jobTemplateSchema.parse({ jobType: 'training' }),
};
const digest = digestTemplate(fleetTemplate);
const book = new TemplateBook(own, false, () => fleet);

describe('the templates that a node knows', () => {
  it.each([
    ['its own by name, also when the work was made from another', 'shared', digest, '/own'],
    ['its own where the fleet leaves it to the node', 'shared', undefined, '/own'],
    ["the fleet's of the same digest", 'fleet', digest, '/fleet'],
  ])('finds %s', (_what, name, wanted, program) => {
    expect(book.find(name, wanted)).toMatchObject({ kind: 'found', template: { command: [program] } });
  });

  it.each([
    ['one of another digest', 'fleet', 'f'.repeat(24)],
    ['one that the node should have and has not', 'fleet', undefined],
    ['one that says nothing to run', 'named', digestTemplate(fleet.named)],
    ['one that nobody has', 'other', digest],
    ['a name of every object', 'constructor', digest],
    ['a name of every object, by no digest', 'toString', undefined],
  ])('does not find %s', (_what, name, wanted) => {
    expect(book.find(name, wanted)).toMatchObject({ kind: 'unknown' });
  });

  it("refuses the fleet's where only its own count", () => {
    const strict = new TemplateBook(own, true, () => fleet);
    expect(strict.find('fleet', digest)).toMatchObject({
      kind: 'unknown',
      why: expect.stringContaining('own'),
    });
    expect(strict.digests()).toEqual({ shared: 'own' });
  });

  it('says which it can run, and by which digest', () => {
    expect(book.digests()).toEqual({ shared: 'own', fleet: digest });
    expect(new TemplateBook({}, false, () => undefined).digests()).toEqual({});
  });

  it('keeps its digest on the way through a message', () => {
    expect(digestTemplate(jobTemplateSchema.parse(JSON.parse(JSON.stringify(fleetTemplate))))).toBe(digest);
  });
});
