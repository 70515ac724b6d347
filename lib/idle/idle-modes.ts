import { LISTED_PROVIDERS } from '../constants.ts';
import { type IdlePolicy, resolveIdlePolicy } from './idle-policy.ts';
import type { IdleConfig } from './idle-settings.ts';

interface ProviderMode {
  readonly provider: (typeof LISTED_PROVIDERS)[number];
  readonly mode: IdlePolicy['mode'];
}

/** The mode of each provider: no narrower level can set another. */
const idleModes = (idle: IdleConfig): ProviderMode[] =>
  LISTED_PROVIDERS.map((provider) => ({
    provider,
    mode: resolveIdlePolicy(idle, { nodeId: '', provider, role: '', labels: {} }).mode,
  }));

export type { ProviderMode };
export { idleModes };
