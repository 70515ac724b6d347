import { createHash } from 'node:crypto';
import * as z from 'zod';
import { artifactKindSchema, labelsSchema, segmentSchema } from '../artifacts/artifact.ts';
import { jobTemplateSchema, templateNameSchema } from '../work/job-template.ts';
import { globSchema } from './glob.ts';

/** Files that are data: a flush uploads each as an artifact of this kind and name; its version is made from its hash. */
const claimSchema = z.strictObject({
  glob: globSchema,
  kind: artifactKindSchema,
  name: segmentSchema,
  labels: labelsSchema.optional(),
  /** The agent brings such files by itself, once they have settled. Absent: only a flush does. */
  watch: z.boolean().optional(),
  /** A watched file is complete when it has not changed for so long (and no `<file>.writing` stands beside it). Absent: 10. */
  settleSeconds: z.number().positive().max(86_400).optional(),
});
type Claim = z.infer<typeof claimSchema>;

/** How what is put gets into the store. Absent: as the agent's own default, at once on an ephemeral node and else in batches. */
const nodeSyncSchema = z.strictObject({
  strategy: z.enum(['ephemeral', 'hybrid']).optional(),
  /** A batch goes when so many bytes wait, or the first of them has waited so long. */
  batchBytes: z.int().positive().optional(),
  batchSeconds: z.int().positive().max(86_400).optional(),
  /** The most that uploads may take of the network. */
  bandwidthBytesPerSecond: z.int().positive().optional(),
});
type NodeSync = z.infer<typeof nodeSyncSchema>;

/** What an agent is told about the files of its node, and about the jobs that it may be given. */
const nodeConfigurationSchema = z.strictObject({
  digest: z.string().max(64),
  claim: z.array(claimSchema).max(100),
  /** Files that nobody would miss. */
  ignore: z.array(globSchema).max(500),
  /** Job templates of `fleet.yaml`; those of the node's own file win over them. */
  templates: z.record(templateNameSchema, jobTemplateSchema).optional(),
  /** Absent where nothing is set: agents that are older than it refuse what they do not know. */
  sync: nodeSyncSchema.optional(),
});
type NodeConfiguration = z.infer<typeof nodeConfigurationSchema>;

/** The same content has the same digest: 24 hex digits. */
const digestConfiguration = ({ claim, ignore, templates, sync }: Omit<NodeConfiguration, 'digest'>): string =>
  createHash('sha256')
    .update(
      JSON.stringify(
        templates === undefined && sync === undefined
          ? [claim, ignore]
          : [claim, ignore, { templates, sync }],
      ),
    )
    .digest('hex')
    .slice(0, 24);

export type { Claim, NodeConfiguration, NodeSync };
export { claimSchema, digestConfiguration, nodeConfigurationSchema, nodeSyncSchema };
