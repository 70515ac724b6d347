import * as z from 'zod';
import { timestampSchema } from '../time.ts';
import { defaultFleetConfig, type FleetConfig } from './fleet-config.ts';

/** When, by whom and why a version came to hold. */
const versionSchema = z.object({
  version: z.int().positive(),
  appliedAt: timestampSchema,
  /** The caller's ARN. */
  appliedBy: z.string(),
  reason: z.string(),
});
type ConfigVersion = z.infer<typeof versionSchema>;

/** The configuration that holds. Version 0 is what holds before anything was ever applied: every default. */
interface AppliedConfig {
  readonly version: number;
  readonly config: FleetConfig;
  /** Absent: nothing was ever applied. */
  readonly applied?: Omit<ConfigVersion, 'version'>;
  /** For `put`; 0 when there is no item yet. */
  readonly revision: number;
}

/** One of the versions that hold or held. */
type PastConfig = Omit<AppliedConfig, 'revision'>;

interface NextConfig extends ConfigVersion {
  readonly config: FleetConfig;
}

/** What holds before anything was ever applied. */
const neverApplied = (): AppliedConfig => ({ version: 0, config: defaultFleetConfig(), revision: 0 });

export type { AppliedConfig, ConfigVersion, NextConfig, PastConfig };
export { neverApplied, versionSchema };
