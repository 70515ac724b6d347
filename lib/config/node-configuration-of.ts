import { digestConfiguration, type NodeConfiguration } from '../commands/node-configuration.ts';
import type { Node } from '../nodes/node.ts';
import { nodeSyncOf } from '../sync/sync-policy.ts';
import { dataOfRole } from './data-config.ts';
import type { FleetConfig } from './fleet-config.ts';

/** What the agent of a node is told about its files. The same content has the same digest, so a node is told once. */
const nodeConfigurationOf = (
  { data, sync: syncConfig }: Pick<FleetConfig, 'data' | 'sync'>,
  node: Pick<Node, 'nodeId' | 'provider' | 'role'>,
): NodeConfiguration => {
  const { claim, ignore } = dataOfRole(data, node.role);
  const sync = nodeSyncOf(syncConfig, node);
  const content = { claim, ignore, ...(sync === undefined ? {} : { sync }) };
  return { digest: digestConfiguration(content), ...content };
};

export { nodeConfigurationOf };
