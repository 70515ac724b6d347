import type { Node } from '../nodes/node.ts';
import type { DistributionPolicy } from './policy.ts';

type Caps = Pick<DistributionPolicy, 'bandwidthBytesPerSecond' | 'providerBandwidth' | 'nodeBandwidth'>;

/** What a download may take of this node's network: its own cap, else its provider's, and never more than the cap of all. */
const bandwidthFor = (
  { bandwidthBytesPerSecond, providerBandwidth, nodeBandwidth }: Caps,
  { nodeId, provider }: Pick<Node, 'nodeId' | 'provider'>,
): number =>
  Math.min(
    nodeBandwidth[nodeId] ?? providerBandwidth[provider],
    bandwidthBytesPerSecond ?? Number.POSITIVE_INFINITY,
  );

/** The least that any node gets: deadlines must be long enough for it. */
const slowestBandwidth = ({ bandwidthBytesPerSecond, providerBandwidth, nodeBandwidth }: Caps): number =>
  Math.min(
    ...Object.values(providerBandwidth),
    ...Object.values(nodeBandwidth),
    bandwidthBytesPerSecond ?? Number.POSITIVE_INFINITY,
  );

export { bandwidthFor, slowestBandwidth };
