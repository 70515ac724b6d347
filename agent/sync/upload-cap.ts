import type { Provider } from '../../lib/nodes/node.ts';
import { PROVIDER_BANDWIDTH } from '../../lib/sync/provider-bandwidth.ts';
import type { ConfigurationKeeper } from '../configuration/configuration-keeper.ts';
import { combineCaps, TokenBucket } from '../pull/token-bucket.ts';
import type { Timing } from '../wait.ts';

interface CapTools {
  readonly provider: Provider;
  /** What the control plane last told this node. */
  readonly configuration: Pick<ConfigurationKeeper, 'current'>;
  /** The cap over all transfers of this agent, by its own settings. */
  readonly bandwidth: TokenBucket | undefined;
  readonly timing: Timing;
}

/** One cap for everything that this node brings into the store: what is put, claimed, pushed, or made by jobs. */
const createUploadCap = ({
  provider,
  configuration,
  bandwidth,
  timing,
}: CapTools): Pick<TokenBucket, 'take'> => {
  let cap = new TokenBucket(PROVIDER_BANDWIDTH[provider], timing);
  return {
    take: async (bytes, signal) => {
      const wanted = configuration.current?.sync?.bandwidthBytesPerSecond ?? PROVIDER_BANDWIDTH[provider];
      // Another when the configuration says another number.
      if (wanted !== cap.bytesPerSecond) cap = new TokenBucket(wanted, timing);
      await combineCaps([bandwidth, cap])?.take(bytes, signal);
    },
  };
};

export { createUploadCap };
