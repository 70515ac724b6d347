import * as z from 'zod';

const componentNameSchema = z.enum(['nodes', 'circuits', 'errors', 'recovery']);
type ComponentName = z.infer<typeof componentNameSchema>;

/** One part of the score, with all that explains it. */
const healthComponentSchema = z.object({
  component: componentNameSchema,
  /** Of 100; what is unknown is left out, and the others share its weight. */
  weight: z.int().positive(),
  /** 0 to 100; absent = unknown. */
  value: z.number().min(0).max(100).optional(),
  inputs: z.record(z.string(), z.number()),
  explanation: z.string(),
});
type HealthComponent = z.infer<typeof healthComponentSchema>;

export type { ComponentName, HealthComponent };
export { healthComponentSchema };
