import * as z from 'zod';
import { regionalArn } from '../arns.ts';
import { CloudError } from '../cloud-error.ts';
import { defineKind, ignored, tags } from './kind.ts';
import type { RuleTarget } from './wiring.ts';

const DEFAULT_BUS = 'default';

const busSchema = z.strictObject({
  Name: z.string(),
  Description: ignored('for people'),
  LogConfig: ignored('no log of the bus itself'),
  Tags: tags,
});

const eventBus = defineKind('AWS::Events::EventBus', busSchema, ({ Name }, _identity, { frontDoor }) => {
  frontDoor.events.createBus(Name);
  return { ref: Name, attributes: { Arn: regionalArn('events', `event-bus/${Name}`), Name } };
});

const targetSchema = z.strictObject({
  Id: z.string(),
  Arn: z.string(),
  DeadLetterConfig: z.strictObject({ Arn: z.string() }).optional(),
  Input: z.string().optional(),
  RetryPolicy: ignored('a delivery here succeeds or fails at once, so repeats cannot help'),
});

const ruleSchema = z
  .strictObject({
    Name: z.string().optional(),
    Description: ignored('for people'),
    EventBusName: z.string().default(DEFAULT_BUS),
    EventPattern: z.unknown().optional(),
    ScheduleExpression: z.string().optional(),
    State: z.enum(['ENABLED', 'DISABLED']).default('ENABLED'),
    Targets: z.array(targetSchema).default([]),
    Tags: tags,
  })
  .refine(
    ({ EventPattern, ScheduleExpression }) =>
      (EventPattern === undefined) !== (ScheduleExpression === undefined),
    {
      error: 'a rule has either an EventPattern or a ScheduleExpression',
    },
  );

const toTarget = (target: z.infer<typeof targetSchema>): RuleTarget => ({
  id: target.Id,
  arn: target.Arn,
  deadLetterArn: target.DeadLetterConfig?.Arn,
  input: target.Input,
});

/** A bus is named by its name or its ARN. */
const busNameOf = (nameOrArn: string): string => nameOrArn.slice(nameOrArn.lastIndexOf('/') + 1);

const rule = defineKind('AWS::Events::Rule', ruleSchema, (properties, identity, { frontDoor, wiring }) => {
  const name = properties.Name ?? identity.fallbackName;
  const busName = busNameOf(properties.EventBusName);
  const arn = regionalArn('events', busName === DEFAULT_BUS ? `rule/${name}` : `rule/${busName}/${name}`);
  const targets = properties.Targets.map(toTarget);
  const made = { ref: busName === DEFAULT_BUS ? name : `${busName}|${name}`, attributes: { Arn: arn } };
  if (properties.State === 'DISABLED') return made;
  if (properties.ScheduleExpression !== undefined) {
    wiring.schedules.push({ name, arn, expression: properties.ScheduleExpression, targets });
    return made;
  }
  if (targets.some(({ input }) => input !== undefined)) {
    throw new CloudError(`AWS::Events::Rule ${identity.logicalId}: Input is only known for schedules`);
  }
  wiring.patternRules.set(arn, { name, arn, targets });
  // Dead-letter queues are the wiring's business: it knows their policies.
  frontDoor.events.putRule({
    busName,
    name,
    eventPattern: properties.EventPattern,
    targets: targets.map(({ id, arn: targetArn }) => ({ id, arn: targetArn })),
  });
  return made;
});

export { eventBus, rule };
