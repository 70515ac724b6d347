import type { Replacement } from './deprecation.ts';

/** What Drover does not do yet, and what can be done until then. */
const SYNC: Replacement = {
  kind: 'command',
  text: 'sync of files between nodes',
  state: 'planned',
  example: 'drover artifacts publish ./games.npz --kind npz --name hex8_2p --version 12',
};

const REPLICATION: Replacement = {
  kind: 'command',
  text: 'replication',
  state: 'planned',
  example: 'drover artifacts show hex8_2p@12',
};

/** The work that Drover makes, from what is wanted. */
const CAMPAIGNS: Replacement = {
  kind: 'resource',
  text: 'campaigns in the section `work` of fleet.yaml, filled each minute; `drover queue explain` shows why',
  state: 'ready',
  example: 'drover migrate config node_policies.yaml unified_loop.yaml --to fleet.yaml',
};

export { CAMPAIGNS, REPLICATION, SYNC };
