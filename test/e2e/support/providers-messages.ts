import * as z from 'zod';

/** What a test asks of the cloud in the other process: to fire a schedule. */
const fromParentSchema = z.object({ id: z.int(), tick: z.string() });
type FromParent = z.infer<typeof fromParentSchema>;

const toParentSchema = z.discriminatedUnion('type', [
  z.object({
    type: z.literal('ready'),
    cloud: z.object({
      endpoint: z.string(),
      region: z.string(),
      outputs: z.record(z.string(), z.string()),
      operatorEnvironment: z.record(z.string(), z.string()),
    }),
    /** The server of all simulators. */
    simulators: z.string(),
  }),
  z.object({ type: z.literal('ticked'), id: z.int(), error: z.string().optional() }),
]);
type ToParent = z.infer<typeof toParentSchema>;

export type { FromParent, ToParent };
export { fromParentSchema, toParentSchema };
