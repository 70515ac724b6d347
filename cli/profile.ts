import * as z from 'zod';
import { STAGE_PATTERN } from '../lib/constants.ts';

const stageSchema = z
  .string()
  .regex(STAGE_PATTERN, 'a stage is 1 to 12 lower-case letters, digits and dashes, starting with a letter');

/**
 * How to reach one installation of Drover. Tables and queues follow from the stage by name; the three outputs of the
 * stack are written down. On AWS the credentials come from the SDK's usual chain and are never in a profile.
 */
const profileSchema = z.strictObject({
  stage: stageSchema,
  region: z.string().min(1),
  /** Only for an embedded cloud: all services answer here. */
  endpoint: z.url().optional(),
  /** Only for an embedded cloud, whose keys are no secret. */
  accessKeyId: z.string().min(1).optional(),
  secretAccessKey: z.string().min(1).optional(),
  /** Only for an embedded cloud: where its simulators of the providers answer, by provider key. */
  providerUrls: z.record(z.string(), z.url()).optional(),
  eventBusName: z.string().min(1),
  enrolmentUrl: z.url(),
  artifactBucket: z.string().min(1),
});
type Profile = z.infer<typeof profileSchema>;

/** The user's own profiles: `~/.config/drover/profiles.json`, mode 600. */
const profilesFileSchema = z.strictObject({
  schemaVersion: z.literal(1),
  defaultProfile: z.string().optional(),
  profiles: z.record(z.string(), profileSchema),
});
type ProfilesFile = z.infer<typeof profilesFileSchema>;

export type { Profile, ProfilesFile };
export { profileSchema, profilesFileSchema, stageSchema };
