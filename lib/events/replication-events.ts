import * as z from 'zod';
import { artifactKindSchema, segmentSchema } from '../artifacts/artifact.ts';
import { FUNCTIONS } from '../constants.ts';
import { artifactIdSchema, nodeIdSchema } from '../ids.ts';
import { timestampSchema } from '../time.ts';
import { define } from './define-event.ts';

/** How safe the data is: what is missing, and what was mended. */
const replicationEvents = {
  ReplicationAlert: define({
    description:
      'Copies are missing in such numbers that somebody should look. Told when it begins; a critical one again after 10 minutes.',
    producers: [FUNCTIONS.repairReplication],
    consumers: [FUNCTIONS.recordOutcomes],
    fields: z.object({
      kind: z.enum(['lost', 'single-copy', 'under-replicated', 'target-beyond-fleet', 'not-recounted']),
      severity: z.enum(['critical', 'warning']),
      count: z.int().nonnegative(),
      since: timestampSchema,
      message: z.string(),
    }),
  }),
  ReplicationRepaired: define({
    description:
      'A copy that was missing is there again, verified: in the store (`push`), or on the node (`pull`).',
    producers: [FUNCTIONS.repairReplication],
    consumers: 'audit-only',
    fields: z.object({
      artifactId: artifactIdSchema,
      nodeId: nodeIdSchema,
      action: z.enum(['push', 'pull']),
      durationSeconds: z.number().nonnegative(),
    }),
  }),
  ArtifactLost: define({
    description:
      'No copy of the artifact is left, in the store or on a node. Told once; it comes back when a holder does.',
    producers: [FUNCTIONS.repairReplication],
    consumers: [FUNCTIONS.recordOutcomes],
    fields: z.object({
      artifactId: artifactIdSchema,
      kind: artifactKindSchema,
      name: segmentSchema,
      version: segmentSchema,
      bytes: z.int().nonnegative(),
      since: timestampSchema,
    }),
  }),
} as const;

export { replicationEvents };
