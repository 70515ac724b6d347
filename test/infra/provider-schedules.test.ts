import { describe, expect, it } from 'vitest';
import { FUNCTIONS, LISTED_PROVIDERS } from '../../lib/constants.ts';
import { synthesized } from './support/synthesized.ts';

const stack = synthesized('prod');

/** A schedule without what says which provider it is for. */
const shapeOf = (name: string, provider: string): string => {
  const [, { Properties }] = stack.named('AWS::Events::Rule', 'Name', `drover-prod-${name}-${provider}`);
  return JSON.stringify(Properties).replaceAll(provider, '<provider>');
};

describe('schedules per provider', () => {
  // The end-to-end tests of the wiring change one provider's schedules only.
  it.each([FUNCTIONS.reconcileInstances, FUNCTIONS.shutDownIdle])(
    'of %s differ in the provider only',
    (name) => {
      const [first, ...others] = LISTED_PROVIDERS.map((provider) => shapeOf(name, provider));
      expect(others).toEqual(others.map(() => first));
      expect(first).toContain('rate(1 minute)');
    },
  );
});
