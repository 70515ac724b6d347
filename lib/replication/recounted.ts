import * as z from 'zod';
import { timestampSchema } from '../time.ts';

/** The settings that every artifact was last held against. `REPLICATION` / `recounted`. */
const recountedSchema = z.object({
  /** As `copiesKey` writes them. */
  copies: z.string(),
  at: timestampSchema,
  revision: z.int().positive(),
});
type Recounted = z.infer<typeof recountedSchema>;
type NextRecounted = Omit<Recounted, 'revision'>;

export type { NextRecounted, Recounted };
export { recountedSchema };
