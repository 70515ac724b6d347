import type { Template } from '../../../local/template/template.ts';
import { environmentMutations } from './mutation-environment.ts';
import { mappingMutations } from './mutation-mappings.ts';
import { redriveMutations } from './mutation-redrive.ts';
import { ruleMutations } from './mutation-rules.ts';
import type { Mutation } from './mutation-type.ts';

/**
 * Every event source mapping, rule, target and redrive policy of the template, deleted and altered; every environment variable altered.
 * Numbers that only tune (batch size, concurrency, visibility) are not altered: the tests of infra pin them.
 */
const enumerateMutations = (template: Template): Mutation[] => [
  ...mappingMutations(template),
  ...ruleMutations(template),
  ...redriveMutations(template),
  ...environmentMutations(template),
];

export { enumerateMutations };
