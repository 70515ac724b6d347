import * as z from 'zod';
import { LISTED_PROVIDERS } from '../../../lib/constants.ts';
import type { Template } from '../../../local/template/template.ts';
import { nameOf, resourcesOfType } from './mutation-names.ts';
import { elsewhere, without, withoutResource, withProperties } from './mutation-template.ts';
import type { Mutation } from './mutation-type.ts';

const patternSchema = z.looseObject({
  source: z.array(z.unknown()),
  'detail-type': z.array(z.string()).optional(),
});
const targetSchema = z.looseObject({
  Arn: z.unknown(),
  DeadLetterConfig: z.strictObject({ Arn: z.unknown() }),
});
const ruleSchema = z.looseObject({
  EventPattern: patternSchema.optional(),
  ScheduleExpression: z.string().optional(),
  Targets: z.tuple([targetSchema]),
});
type Rule = z.infer<typeof ruleSchema>;

const EVERY_SOURCE = [{ prefix: '' }];

/** What a rule listens to, narrowed and widened, each as new properties. */
const patternVariants = ({ EventPattern, ScheduleExpression }: Rule): Record<string, object> => {
  if (EventPattern === undefined) {
    return ScheduleExpression === undefined
      ? {}
      : { 'fires each hour': { ScheduleExpression: 'rate(1 hour)' } };
  }
  const names = EventPattern['detail-type'] ?? [];
  const matchesAll = JSON.stringify(EventPattern.source) === JSON.stringify(EVERY_SOURCE);
  return {
    'listens to another source': { EventPattern: { ...EventPattern, source: ['elsewhere'] } },
    ...(matchesAll
      ? {
          'listens to canonical events only': {
            EventPattern: { ...EventPattern, source: [{ prefix: 'drover' }] },
          },
        }
      : { 'listens to every source': { EventPattern: { ...EventPattern, source: EVERY_SOURCE } } }),
    // That a rule listens to each event that the catalogue names, the tests of infra pin.
    ...(names.length === 0
      ? {}
      : { 'listens to every event': { EventPattern: without(EventPattern, 'detail-type') } }),
  };
};

const targetVariants = (template: Template, { Targets: [target] }: Rule): Record<string, object> => ({
  'without its target': { Targets: [] },
  'with another target': { Targets: [{ ...target, Arn: elsewhere(template, target.Arn) }] },
});

/** Schedules that one loop makes, one per provider, are alike (test/infra pins it): one of them stands for all. */
const STANDS_FOR_ALL = 'vast';
const isOneOfMany = (name: string): boolean =>
  LISTED_PROVIDERS.some((provider) => provider !== STANDS_FOR_ALL && name.endsWith(`-${provider}`));

/** Each rule and each target of a rule, deleted and altered. That each target has a dead-letter queue that takes it, test/infra pins. */
const ruleMutations = (template: Template): Mutation[] =>
  resourcesOfType(template, 'AWS::Events::Rule').flatMap(([id, { Properties }]) => {
    const rule = ruleSchema.parse(Properties);
    const name = nameOf(template, id);
    if (isOneOfMany(name)) return [];
    const altered = (variants: Record<string, object>, about: string): Mutation[] =>
      Object.entries(variants).map(([change, properties]) => ({
        name: `rule ${name} ${change}`,
        about: [about],
        template: withProperties(template, id, { ...properties }),
      }));
    return [
      { name: `rule ${name} deleted`, about: [`rule ${name}`], template: withoutResource(template, id) },
      ...altered({ disabled: { State: 'DISABLED' } }, `rule ${name}`),
      ...altered(
        patternVariants(rule),
        rule.ScheduleExpression === undefined ? `rule ${name}` : `schedule ${name}`,
      ),
      ...altered(targetVariants(template, rule), `rule ${name}`),
    ];
  });

export { ruleMutations };
