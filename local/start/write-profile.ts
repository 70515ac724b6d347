import { writeFileSync } from 'node:fs';
import { type Profile, profileSchema } from '../../cli/profile.ts';
import { OUTPUTS } from '../../lib/constants.ts';
import type { ReachableCloud } from '../cloud.ts';
import { CloudError } from '../cloud-error.ts';
import { LOCAL_STAGE } from '../synth.ts';

/**
 * What the `drover` command needs to reach this cloud, and the simulated providers where there are any.
 * @throws CloudError when the stack lacks an output.
 */
const profileOf = (cloud: ReachableCloud, providerUrls?: Readonly<Record<string, string>>): Profile => {
  const environment = cloud.operatorEnvironment();
  const parsed = profileSchema.safeParse({
    stage: LOCAL_STAGE,
    region: cloud.region,
    endpoint: cloud.endpoint,
    accessKeyId: environment['AWS_ACCESS_KEY_ID'],
    secretAccessKey: environment['AWS_SECRET_ACCESS_KEY'],
    providerUrls,
    eventBusName: cloud.outputs[OUTPUTS.eventBusName],
    enrolmentUrl: cloud.outputs[OUTPUTS.enrolmentUrl],
    artifactBucket: cloud.outputs[OUTPUTS.artifactBucket],
  });
  if (parsed.success) return parsed.data;
  const missing = parsed.error.issues.map(({ path }) => path.join('.')).join(', ');
  throw new CloudError(`the stack has no usable output for ${missing}`, { cause: parsed.error });
};

/** Writes the profile that the `drover` command finds in `.drover/profile.json`, readable by its owner only. */
const writeProfile = (file: string, profile: Profile): void =>
  writeFileSync(file, `${JSON.stringify(profile, undefined, 2)}\n`, { mode: 0o600 });

export { profileOf, writeProfile };
