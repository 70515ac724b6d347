import type * as z from 'zod';
import type { FunctionName } from '../constants.ts';

/** One event of the catalogue. It has at least one producer, and a consumer or the mark `audit-only`; a test holds that. */
interface EventDefinition<Fields extends z.ZodObject = z.ZodObject> {
  readonly description: string;
  /** `pipeline` = the user's own code; `drover-cli`; else the function that sends it. */
  readonly producers: readonly ('pipeline' | 'drover-cli' | FunctionName)[];
  readonly consumers: readonly FunctionName[] | 'audit-only';
  /** The detail's fields beside the envelope. */
  readonly fields: Fields;
}

const define = <Fields extends z.ZodObject>(definition: EventDefinition<Fields>): EventDefinition<Fields> =>
  definition;

export type { EventDefinition };
export { define };
