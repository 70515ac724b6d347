import { digestConfiguration, type NodeConfiguration } from '../commands/node-configuration.ts';
import type { Node } from '../nodes/node.ts';
import { nodeSyncOf } from '../sync/sync-policy.ts';
import { dataOfRole } from './data-config.ts';
import type { FleetConfig } from './fleet-config.ts';

/** What the agent of a node is told about files and jobs. The same content has the same digest, so a node is told once. */
const nodeConfigurationOf = (
  { data, work: { templates }, sync: syncConfig }: Pick<FleetConfig, 'data' | 'work' | 'sync'>,
  node: Pick<Node, 'nodeId' | 'provider' | 'role'>,
): NodeConfiguration => {
  const sync = nodeSyncOf(syncConfig, node);
  const configuration = {
    ...dataOfRole(data, node.role),
    ...(Object.keys(templates).length === 0 ? {} : { templates }),
    ...(sync === undefined ? {} : { sync }),
  };
  return { digest: digestConfiguration(configuration), ...configuration };
};

export { nodeConfigurationOf };
