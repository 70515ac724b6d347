import type { Replacement } from './deprecation.ts';

/** What several modules became. */
const SYNC: Replacement = {
  kind: 'command',
  text: '`drover sync run`, or `openSync(stage)` in TypeScript',
  example: 'drover sync run --kind games --name hex8_2p --newest 5',
};

const REPLICATION: Replacement = {
  kind: 'command',
  text: '`drover replication status` and the section `replication` of fleet.yaml; repair runs each minute by itself',
  example: 'drover replication explain hex8_2p@12',
};

const CAMPAIGNS: Replacement = {
  kind: 'resource',
  text: 'campaigns in the section `work` of fleet.yaml, filled each minute; `drover queue explain` shows why',
  example: 'drover migrate config node_policies.yaml unified_loop.yaml --to fleet.yaml',
};

export { CAMPAIGNS, REPLICATION, SYNC };
