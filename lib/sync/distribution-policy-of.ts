import { type DistributionPolicy, distributionPolicySchema } from '../distribution/policy.ts';
import { providerSchema } from '../nodes/node.ts';
import { PROVIDER_BANDWIDTH } from './provider-bandwidth.ts';
import type { SyncConfig } from './sync-config.ts';
import { resolveSyncPolicy } from './sync-policy.ts';

/** What the section `sync` says of transfers, which holds for all of them: promotions take the same network and the same disks. */
const distributionPolicyOf = (config: SyncConfig): DistributionPolicy => {
  const providers = providerSchema.out.options.map((provider) => {
    const cap =
      config.providers?.[provider]?.bandwidthBytesPerSecond ??
      config.bandwidthBytesPerSecond ??
      PROVIDER_BANDWIDTH[provider];
    return [provider, cap];
  });
  const nodes = Object.entries(config.nodes ?? {}).flatMap(([nodeId, { bandwidthBytesPerSecond }]) =>
    bandwidthBytesPerSecond === undefined ? [] : [[nodeId, bandwidthBytesPerSecond]],
  );
  return distributionPolicySchema.parse({
    maxDiskUsedPercent: resolveSyncPolicy(config).disk.receive,
    providerBandwidth: Object.fromEntries(providers),
    nodeBandwidth: Object.fromEntries(nodes),
  });
};

export { distributionPolicyOf };
