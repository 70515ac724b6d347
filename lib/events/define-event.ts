import type * as z from 'zod';
import type { FunctionName } from '../constants.ts';

/** What the catalogue says of one event. */
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
