import * as z from 'zod';
import { timestampSchema } from '../time.ts';
import { fleetHealthSchema, healthLevelSchema } from './fleet-health.ts';

/** The last evaluation, written at its end. */
const evaluationSchema = z.object({
  fleet: fleetHealthSchema,
  /** What happened until then was told by events; what came later is still to be told. */
  told: z.object({ until: timestampSchema, level: healthLevelSchema }),
  /** What nodes were told last: the digest of everything but the times, and when. */
  published: z.object({ digest: z.string(), at: timestampSchema }).optional(),
  revision: z.int().positive(),
});
type Evaluation = z.infer<typeof evaluationSchema>;
type NextEvaluation = Omit<Evaluation, 'revision'>;

interface FleetHealthStore {
  /** Strongly consistent. */
  get(): Promise<Evaluation | undefined>;
  /** Writes the evaluation if its revision is still `expectedRevision` (undefined: if there is none); false when another was faster. */
  put(evaluation: NextEvaluation, expectedRevision: number | undefined): Promise<boolean>;
}

/** Where nodes read how the fleet is. */
interface FleetHealthFile {
  write(json: string): Promise<void>;
}

export type { Evaluation, FleetHealthFile, FleetHealthStore, NextEvaluation };
export { evaluationSchema };
