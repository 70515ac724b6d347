import type { Provider } from '../nodes/node.ts';

const MEGABYTE = 1_000_000;

/** What transfers may take of a node's network unless it is set otherwise, in bytes per second (sync 1.3). */
const PROVIDER_BANDWIDTH: Readonly<Record<Provider, number>> = {
  'lambda-labs': 100 * MEGABYTE,
  runpod: 100 * MEGABYTE,
  static: 100 * MEGABYTE,
  vast: 50 * MEGABYTE,
};

export { PROVIDER_BANDWIDTH };
