import { digestConfiguration, type NodeConfiguration } from '../commands/node-configuration.ts';
import type { Node } from '../nodes/node.ts';
import { type DataConfig, dataOfRole } from './data-config.ts';

/** What the agent of a node is told about its files. The same content has the same digest, so a node is told once. */
const nodeConfigurationOf = (data: DataConfig, node: Pick<Node, 'role'>): NodeConfiguration => {
  const { claim, ignore } = dataOfRole(data, node.role);
  return { digest: digestConfiguration({ claim, ignore }), claim, ignore };
};

export { nodeConfigurationOf };
