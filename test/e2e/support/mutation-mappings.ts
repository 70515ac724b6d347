import * as z from 'zod';
import type { Template } from '../../../local/template/template.ts';
import { nameOf, resourcesOfType } from './mutation-names.ts';
import { elsewhere, logicalIdOf, without, withoutResource, withProperties } from './mutation-template.ts';
import type { Mutation } from './mutation-type.ts';

const mappingSchema = z.looseObject({ EventSourceArn: z.unknown(), FunctionName: z.unknown() });

/** Each event source mapping deleted, disabled, of another queue, for another function, without answers for each message. */
const mappingMutations = (template: Template): Mutation[] =>
  resourcesOfType(template, 'AWS::Lambda::EventSourceMapping').flatMap(([id, { Properties }]) => {
    const { EventSourceArn, FunctionName } = mappingSchema.parse(Properties);
    const queue = nameOf(template, logicalIdOf(EventSourceArn));
    const consumer = nameOf(template, logicalIdOf(FunctionName));
    const what = `event source mapping ${queue} → ${consumer}`;
    const about = [queue, consumer];
    const altered = (properties: Record<string, unknown>): Template =>
      withProperties(template, id, properties);
    const silent = without(Properties, 'FunctionResponseTypes');
    return [
      { name: `${what} deleted`, about, template: withoutResource(template, id) },
      { name: `${what} disabled`, about, template: altered({ Enabled: false }) },
      {
        name: `${what} of another queue`,
        about,
        template: altered({ EventSourceArn: elsewhere(template, EventSourceArn) }),
      },
      {
        name: `${what} for another function`,
        about,
        template: altered({ FunctionName: elsewhere(template, FunctionName) }),
      },
      {
        name: `${what} without ReportBatchItemFailures`,
        about: [`failures of ${queue}`],
        template: {
          ...template,
          Resources: {
            ...template.Resources,
            [id]: { ...template.Resources[id], Type: 'AWS::Lambda::EventSourceMapping', Properties: silent },
          },
        },
      },
    ];
  });

export { mappingMutations };
