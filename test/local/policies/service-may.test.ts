import { describe, expect, it } from 'vitest';
import { matchesGlob, serviceMay } from '../../../local/policies/service-may.ts';

const queue = 'arn:aws:sqs:us-east-1:000000000000:jobs';
const rule = 'arn:aws:events:us-east-1:000000000000:rule/bus/jobs';
const request = {
  service: 'events.amazonaws.com',
  action: 'sqs:SendMessage',
  resource: queue,
  sourceArn: rule,
};

const allow = (changes: Record<string, unknown> = {}) => ({
  Statement: [
    {
      Effect: 'Allow',
      Principal: { Service: 'events.amazonaws.com' },
      Action: 'sqs:SendMessage',
      Resource: queue,
      Condition: { ArnEquals: { 'aws:SourceArn': rule } },
      ...changes,
    },
  ],
});

const denyPlainHttp = {
  Statement: [
    {
      Effect: 'Deny',
      Principal: { AWS: '*' },
      Action: 'sqs:*',
      Resource: queue,
      Condition: { Bool: { 'aws:SecureTransport': 'false' } },
    },
  ],
};

describe('serviceMay', () => {
  it.each([
    ['the policy that the CDK writes', [allow()], true],
    ['no policy', [], false],
    ['another rule', [allow({ Condition: { ArnEquals: { 'aws:SourceArn': `${rule}-2` } } })], false],
    [
      'a wildcard in the source',
      [allow({ Condition: { ArnLike: { 'aws:SourceArn': 'arn:aws:events:*:rule/bus/*' } } })],
      true,
    ],
    ['another service', [allow({ Principal: { Service: 'sns.amazonaws.com' } })], false],
    [
      'a principal that is an account',
      [allow({ Principal: { AWS: 'arn:aws:iam::000000000000:root' } })],
      false,
    ],
    ['another action', [allow({ Action: ['sqs:ReceiveMessage'] })], false],
    ['another resource', [allow({ Resource: `${queue}-2` })], false],
    [
      'another account',
      [allow({ Condition: { StringEquals: { 'aws:SourceAccount': '111111111111' } } })],
      false,
    ],
    [
      'a condition about something that the request lacks',
      [allow({ Condition: { StringLike: { 'aws:UserAgent': '*' } } })],
      false,
    ],
    ['a denial that does not apply', [allow(), denyPlainHttp], true],
    ['a denial that applies', [allow(), allow({ Effect: 'Deny', Condition: {} })], false],
    ['only denials', [denyPlainHttp], false],
  ])('decides by %s', (_name, policies, expected) => {
    expect(serviceMay(policies, request)).toBe(expected);
  });

  it('names a condition operator that it does not know instead of guessing', () => {
    const policies = [allow({ Condition: { DateLessThan: { 'aws:CurrentTime': '2030-01-01' } } })];

    expect(() => serviceMay(policies, request)).toThrow('condition operator DateLessThan');
  });
});

describe('matchesGlob', () => {
  it.each([
    ['a.c', 'abc', false],
    ['a*c', 'a/b/c', true],
    ['a?c', 'abc', true],
    ['a?c', 'ac', false],
    ['*', '', true],
  ])('%s matches %s: %s', (pattern, value, expected) => {
    expect(matchesGlob(pattern, value)).toBe(expected);
  });
});
