import { checkWorkConfig } from './check-work-config.ts';
import { workSectionSchema } from './work-settings.ts';

/** The section `work` of fleet.yaml. */
const workConfigSchema = workSectionSchema.superRefine((config, context) => {
  for (const { path, message } of checkWorkConfig(config))
    context.addIssue({ code: 'custom', path: [...path], message, input: config });
});

export type { CampaignConfig, MixEntry, NodePolicy, WorkConfig } from './work-settings.ts';
export { workConfigSchema };
