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
});
type Claim = z.infer<typeof claimSchema>;

/** What an agent is told about the files of its node, and about the jobs that it may be given. */
const nodeConfigurationSchema = z.strictObject({
  digest: z.string().max(64),
  claim: z.array(claimSchema).max(100),
  /** Files that nobody would miss. */
  ignore: z.array(globSchema).max(500),
  /** Job templates of `fleet.yaml`; those of the node's own file win over them. */
  templates: z.record(templateNameSchema, jobTemplateSchema).optional(),
});
type NodeConfiguration = z.infer<typeof nodeConfigurationSchema>;

/** The same content has the same digest: 24 hex digits. */
const digestConfiguration = ({ claim, ignore, templates }: Omit<NodeConfiguration, 'digest'>): string =>
  createHash('sha256')
    .update(JSON.stringify(templates === undefined ? [claim, ignore] : [claim, ignore, templates]))
    .digest('hex')
    .slice(0, 24);

export type { Claim, NodeConfiguration };
export { claimSchema, digestConfiguration, nodeConfigurationSchema };
