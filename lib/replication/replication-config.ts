import * as z from 'zod';
import { artifactKindSchema } from '../artifacts/artifact.ts';

/** Nodes that may be asked to hold one artifact: far beyond what keeps data close. */
const MAX_NODE_COPIES = 9;

const nodeCopies = (description: string) =>
  z
    .int('write a whole number')
    .min(0, 'at least 0')
    .max(MAX_NODE_COPIES, `at most ${MAX_NODE_COPIES}`)
    .describe(description);

const copySettings = {
  minimumNodeCopies: nodeCopies(
    'Beside the verified copy in the store, so many nodes must hold it before it counts as durable. Default 0.',
  ).optional(),
  targetNodeCopies: nodeCopies(
    'So many nodes are to hold it, so that it is close; ephemeral nodes count as none. Default 0.',
  ).optional(),
};
const copiesSchema = z.strictObject(copySettings);

const labelSchema = z
  .string()
  .regex(/^[^="]{1,64}=[^"]{0,256}$/, 'write a label as key=value, without quotes');

/** The section `replication` of fleet.yaml. Sources of the numbers: sync sheet, 9.1. */
const replicationConfigSchema = z.strictObject({
  ...copySettings,
  repairsPerHour: z
    .int('write a whole number')
    .min(10, 'at least 10')
    .max(10_000, 'at most 10000')
    .optional()
    .describe('The whole fleet begins at most so many repairs in an hour. Default 500.'),
  kinds: z
    .partialRecord(artifactKindSchema, copiesSchema)
    .optional()
    .describe('Settings by kind of artifact.'),
  labels: z
    .record(labelSchema, copiesSchema)
    .optional()
    .describe(
      'Settings by label of the artifact, written key=value. Of several that fit, the later in the file wins.',
    ),
});
type ReplicationConfig = z.infer<typeof replicationConfigSchema>;

export type { ReplicationConfig };
export { MAX_NODE_COPIES, replicationConfigSchema };
