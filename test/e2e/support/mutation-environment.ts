import * as z from 'zod';
import type { Template } from '../../../local/template/template.ts';
import { nameOf, resourcesOfType } from './mutation-names.ts';
import { elsewhere, withProperties } from './mutation-template.ts';
import type { Mutation } from './mutation-type.ts';

const functionSchema = z.looseObject({
  Environment: z.strictObject({ Variables: z.record(z.string(), z.unknown()) }).optional(),
});

/**
 * Each environment variable of each function with another value of the same kind. None is deleted: a function that lacks one says so
 * at its start, and the tests of infra pin which each has.
 */
const environmentMutations = (template: Template): Mutation[] =>
  resourcesOfType(template, 'AWS::Lambda::Function').flatMap(([id, { Properties }]) => {
    const variables = functionSchema.parse(Properties).Environment?.Variables ?? {};
    const name = nameOf(template, id);
    return Object.entries(variables).map(([variable, value]) => ({
      name: `${variable} of ${name} altered`,
      about: [name, `${variable} of ${name}`],
      template: withProperties(template, id, {
        Environment: { Variables: { ...variables, [variable]: elsewhere(template, value) } },
      }),
    }));
  });

export { environmentMutations };
