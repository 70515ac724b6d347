import * as z from 'zod';
import { nodeIdSchema } from '../ids.ts';

/** The nodes that the last cycle saw: whoever is missing now has ended, and its copies are written off. `REPLICATION` / `roster`. */
const rosterSchema = z.object({ nodeIds: z.array(nodeIdSchema), revision: z.int().positive() });
type Roster = z.infer<typeof rosterSchema>;
type NextRoster = Omit<Roster, 'revision'>;

export type { NextRoster, Roster };
export { rosterSchema };
