import { createHash } from 'node:crypto';
import * as z from 'zod';
import { artifactKindSchema, labelsSchema, segmentSchema } from '../artifacts/artifact.ts';

/** `~` is the agent's home, a relative glob lies under the data root; `**` crosses folders, as in .gitignore-like tools. */
const globSchema = z.string().min(1).max(512);

/** Files that are data: a flush uploads each as an artifact of this kind and name; its version is made from its hash. */
const claimSchema = z.strictObject({
  glob: globSchema,
  kind: artifactKindSchema,
  name: segmentSchema,
  labels: labelsSchema.optional(),
});
type Claim = z.infer<typeof claimSchema>;

/** What an agent is told about the files of its node. */
const nodeConfigurationSchema = z.strictObject({
  digest: z.string().max(64),
  claim: z.array(claimSchema).max(100),
  /** Files that nobody would miss. */
  ignore: z.array(globSchema).max(500),
});
type NodeConfiguration = z.infer<typeof nodeConfigurationSchema>;

/** The same content has the same digest: 24 hex digits. */
const digestConfiguration = ({ claim, ignore }: Omit<NodeConfiguration, 'digest'>): string =>
  createHash('sha256')
    .update(JSON.stringify([claim, ignore]))
    .digest('hex')
    .slice(0, 24);

export type { Claim, NodeConfiguration };
export { claimSchema, digestConfiguration, globSchema, nodeConfigurationSchema };
