import { describe, expect, it } from 'vitest';
import { dependenciesOf, dependencyOrder } from '../../../local/template/references.ts';
import { type Template, templateSchema } from '../../../local/template/template.ts';

const templateOf = (resources: Record<string, unknown>): Template =>
  templateSchema.parse({ Resources: resources });

describe('dependenciesOf', () => {
  it('finds references in Ref, Fn::GetAtt, Fn::Sub and DependsOn, and nothing else', () => {
    const template = templateOf({
      A: { Type: 'T' },
      B: { Type: 'T' },
      C: { Type: 'T' },
      D: { Type: 'T' },
      E: {
        Type: 'T',
        DependsOn: ['A'],
        Properties: {
          one: { Ref: 'B' },
          two: { 'Fn::Join': ['', [{ 'Fn::GetAtt': ['C', 'Arn'] }]] },
          // biome-ignore lint/suspicious/noTemplateCurlyInString: the syntax of Fn::Sub
          three: { 'Fn::Sub': '${D.Arn} ${AWS::Region} ${!A}' },
          four: 'A',
        },
      },
    });

    const resource = template.Resources['E'];

    expect(resource && dependenciesOf(resource, template).sort()).toEqual(['A', 'B', 'C', 'D']);
  });
});

describe('dependencyOrder', () => {
  it('puts each resource after those that it needs', () => {
    const template = templateOf({
      Last: { Type: 'T', Properties: { x: { Ref: 'Middle' } } },
      Middle: { Type: 'T', DependsOn: 'First' },
      First: { Type: 'T' },
    });

    expect(dependencyOrder(template)).toEqual(['First', 'Middle', 'Last']);
  });

  it('names a circle', () => {
    const template = templateOf({ A: { Type: 'T', DependsOn: 'B' }, B: { Type: 'T', DependsOn: 'A' } });

    expect(() => dependencyOrder(template)).toThrow('in a circle: A → B → A');
  });
});
