import * as z from 'zod';
import type { Template } from '../../../local/template/template.ts';
import { nameOf, resourcesOfType } from './mutation-names.ts';
import { elsewhere, without, withProperties } from './mutation-template.ts';
import type { Mutation } from './mutation-type.ts';

const functionSchema = z.looseObject({
  Environment: z.strictObject({ Variables: z.record(z.string(), z.unknown()) }).optional(),
});

/** Each environment variable of each function deleted, and with another value of the same kind. */
const environmentMutations = (template: Template): Mutation[] =>
  resourcesOfType(template, 'AWS::Lambda::Function').flatMap(([id, { Properties }]) => {
    const variables = functionSchema.parse(Properties).Environment?.Variables ?? {};
    const name = nameOf(template, id);
    return Object.entries(variables).flatMap(([variable, value]) => {
      const about = [name, `${variable} of ${name}`];
      const changed = (Variables: Record<string, unknown>): Template =>
        withProperties(template, id, { Environment: { Variables } });
      return [
        { name: `${variable} of ${name} deleted`, about, template: changed(without(variables, variable)) },
        {
          name: `${variable} of ${name} altered`,
          about,
          template: changed({ ...variables, [variable]: elsewhere(template, value) }),
        },
      ];
    });
  });

export { environmentMutations };
