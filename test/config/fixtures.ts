import type * as z from 'zod';
import { type FleetConfig, fleetConfigSchema } from '../../lib/config/fleet-config.ts';

/** A configuration as it is written. */
const makeConfig = (written: z.input<typeof fleetConfigSchema> = {}): FleetConfig =>
  fleetConfigSchema.parse(written);

/** What the schema says against it: `path: message`. */
const problemsOf = (schema: z.ZodType, written: unknown): string[] =>
  schema.safeParse(written).error?.issues.map(({ path, message }) => `${path.join('.')}: ${message}`) ?? [];

export { makeConfig, problemsOf };
