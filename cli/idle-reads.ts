import { nodeConfigurationOf } from '../lib/config/node-configuration-of.ts';
import { brakeState } from '../lib/health/brake.ts';
import type { AppliedIdleSettings, IdleReads } from '../lib/idle/idle-ports.ts';
import type { Node, Provider } from '../lib/nodes/node.ts';
import type { Context, Session } from './context.ts';
import type { Stores } from './stores.ts';

/** What holds now, never from a cache. */
const readSettings = async ({ config }: Pick<Stores, 'config'>): Promise<AppliedIdleSettings> => {
  const { idle, ...fleet } = (await config.current()).config;
  return { idle, nodeConfiguration: (node: Node) => nodeConfigurationOf(fleet, node) };
};

/**
 * What `shut-down-idle` decides from, read by an operator: the same tables, and no way to act or to ask the provider. What could
 * not be read is told beside the result.
 */
const idleReadsOf = (
  { stores }: Pick<Context, 'stores'>,
  { io, screen }: Session,
  provider: Provider,
): IdleReads => ({
  provider: { key: provider },
  nodes: stores.nodes,
  artifacts: stores.artifacts,
  documents: stores.documents,
  instances: stores.instances,
  states: stores.providerStates,
  holds: stores.holds,
  brakeState: async (now) => brakeState(await stores.brakes.get(), now),
  ledgers: stores.ledgers,
  settings: { current: () => readSettings(stores) },
  // Drover gives out no work yet, so none of it waits.
  pendingWork: async () => 0,
  clock: io.clock,
  warn: (message, error) => screen.note(`${message}: ${String(error)}`),
});

export { idleReadsOf, readSettings };
