import { describe, expect, it } from 'vitest';
import { CloudError } from '../../../local/cloud-error.ts';
import { resolve, type Scope } from '../../../local/template/resolve.ts';

const names: Record<string, unknown> = { 'AWS::Region': 'us-east-1', Queue: 'https://queue', Stage: 'local' };
const attributes: Record<string, string> = { 'Queue.Arn': 'arn:queue' };
const conditions: Record<string, unknown> = {
  IsLocal: { 'Fn::Equals': [{ Ref: 'Stage' }, 'local'] },
  IsProd: { 'Fn::Equals': [{ Ref: 'Stage' }, 'prod'] },
};

const scope: Scope = {
  ref: (name) => names[name],
  attribute: (logicalId, attribute) => attributes[`${logicalId}.${attribute}`],
  condition: (name) => conditions[name],
  mapping: (name, top, second) => (name === 'Sizes' && top === 'small' && second === 'count' ? 3 : undefined),
};

describe('resolve', () => {
  it.each([
    ['Ref', { Ref: 'Queue' }, 'https://queue'],
    ['Ref of a pseudo parameter', { Ref: 'AWS::Region' }, 'us-east-1'],
    ['GetAtt as a list', { 'Fn::GetAtt': ['Queue', 'Arn'] }, 'arn:queue'],
    ['GetAtt as a text', { 'Fn::GetAtt': 'Queue.Arn' }, 'arn:queue'],
    ['Join', { 'Fn::Join': ['-', ['a', { Ref: 'Stage' }, 1]] }, 'a-local-1'],
    ['Split and Select', { 'Fn::Select': [1, { 'Fn::Split': ['//', { Ref: 'Queue' }] }] }, 'queue'],
    // biome-ignore lint/suspicious/noTemplateCurlyInString: the syntax of Fn::Sub
    ['Sub', { 'Fn::Sub': '${Queue.Arn}/${AWS::Region}/${!kept}' }, 'arn:queue/us-east-1/${kept}'],
    // biome-ignore lint/suspicious/noTemplateCurlyInString: the syntax of Fn::Sub
    ['Sub with variables', { 'Fn::Sub': ['${x}-${Stage}', { x: { Ref: 'Queue' } }] }, 'https://queue-local'],
    ['If, true', { 'Fn::If': ['IsLocal', 'yes', 'no'] }, 'yes'],
    ['If, false', { 'Fn::If': ['IsProd', 'yes', 'no'] }, 'no'],
    [
      'And, Or, Not',
      { 'Fn::And': [{ Condition: 'IsLocal' }, { 'Fn::Not': [{ Condition: 'IsProd' }] }] },
      true,
    ],
    ['FindInMap', { 'Fn::FindInMap': ['Sizes', 'small', 'count'] }, 3],
    [
      'nested values',
      { list: [{ Ref: 'Stage' }, { deep: { Ref: 'Stage' } }] },
      { list: ['local', { deep: 'local' }] },
    ],
    [
      'an IAM condition, which is no function',
      { Condition: { Bool: { a: 'b' } } },
      { Condition: { Bool: { a: 'b' } } },
    ],
  ])('resolves %s', (_name, value, expected) => {
    expect(resolve(value, scope, 'here')).toEqual(expected);
  });

  it('drops a property that is AWS::NoValue, in objects and lists', () => {
    const value = { kept: 1, gone: { Ref: 'AWS::NoValue' }, list: ['a', { Ref: 'AWS::NoValue' }] };

    expect(resolve(value, scope, 'here')).toEqual({ kept: 1, list: ['a'] });
  });

  it.each([
    ['an unknown name', { Ref: 'Nobody' }, 'nothing in the template is named Nobody'],
    ['an unknown attribute', { 'Fn::GetAtt': ['Queue', 'Colour'] }, 'Queue.Colour is no attribute'],
    ['an unknown function', { 'Fn::ImportValue': 'x' }, 'does not know Fn::ImportValue'],
    ['a list item that is not there', { 'Fn::Select': [5, ['a']] }, 'no item 5'],
    ['a bad argument', { 'Fn::Join': 'x' }, 'is not an argument that it takes'],
  ])('names the place of %s', (_name, value, message) => {
    const act = () => resolve({ deep: value }, scope, 'Table');

    expect(act).toThrow(CloudError);
    expect(act).toThrow(message);
    expect(act).toThrow(/^Table\.deep/);
  });
});
