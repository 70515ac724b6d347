import type { Template } from '../../../local/template/template.ts';

/** One wrong stack: the template with one thing deleted or altered. */
interface Mutation {
  readonly name: string;
  /** What was changed, in the words of the checks' `covers`, the most particular last. */
  readonly about: readonly string[];
  readonly template: Template;
}

export type { Mutation };
