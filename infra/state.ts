import { Construct } from 'constructs';
import { INDEXES, TABLES } from '../lib/constants.ts';
import { DroverTable } from './drover-table.ts';

/** The tables: one per aggregate, so that a function's rights name exactly what it touches. */
class State extends Construct {
  readonly nodes: DroverTable<'byLifecycle'>;
  readonly artifacts: DroverTable<'byName' | 'byNode' | 'byDeliveryState' | 'byReplicas'>;
  readonly commands: DroverTable<'byNodeStatus'>;
  readonly distributions: DroverTable<'byState'>;
  readonly identity: DroverTable<never>;
  readonly control: DroverTable<never>;
  readonly audit: DroverTable<'byAction'>;
  readonly instances: DroverTable<never>;
  readonly work: DroverTable<'byStatus' | 'byCampaign' | 'byUntold'>;
  readonly campaigns: DroverTable<never>;

  constructor(scope: Construct, id: string, stage: string) {
    super(scope, id);
    this.nodes = new DroverTable(this, 'Nodes', stage, TABLES.nodes, {
      partitionKey: 'nodeId',
      indexes: {
        // Keys only: a heartbeat, which changes neither key, costs no index write.
        [INDEXES.nodesByLifecycle]: { partitionKey: 'lifecycle', sortKey: 'provider', projection: 'keys' },
      },
    });
    this.artifacts = new DroverTable(this, 'Artifacts', stage, TABLES.artifacts, {
      partitionKey: 'artifactId',
      sortKey: 'item',
      indexes: {
        [INDEXES.artifactsByName]: { partitionKey: 'kindName', sortKey: 'registeredAt', projection: 'all' },
        [INDEXES.artifactsByNode]: { partitionKey: 'nodeId', sortKey: 'artifactId', projection: 'all' },
        [INDEXES.deliveriesByState]: { partitionKey: 'deliveryState', sortKey: 'dueAt', projection: 'all' },
        [INDEXES.artifactsByReplicas]: {
          partitionKey: 'replicaState',
          sortKey: 'replicaKey',
          projection: 'all',
        },
      },
    });
    this.commands = new DroverTable(this, 'Commands', stage, TABLES.commands, {
      partitionKey: 'commandId',
      indexes: {
        [INDEXES.commandsByNodeStatus]: {
          partitionKey: 'nodeStatus',
          sortKey: 'issuedAt',
          projection: 'all',
        },
      },
    });
    this.distributions = new DroverTable(this, 'Distributions', stage, TABLES.distributions, {
      partitionKey: 'distributionId',
      indexes: {
        [INDEXES.distributionsByState]: {
          partitionKey: 'openState',
          sortKey: 'deadlineAt',
          projection: 'all',
        },
      },
    });
    this.identity = new DroverTable(this, 'Identity', stage, TABLES.identity, {
      partitionKey: 'key',
      indexes: {},
    });
    this.control = new DroverTable(this, 'Control', stage, TABLES.control, {
      partitionKey: 'scope',
      sortKey: 'item',
      indexes: {},
    });
    this.audit = new DroverTable(this, 'Audit', stage, TABLES.audit, {
      partitionKey: 'subject',
      sortKey: 'sortKey',
      indexes: {
        [INDEXES.auditByAction]: { partitionKey: 'action', sortKey: 'sortKey', projection: 'all' },
      },
    });
    this.instances = new DroverTable(this, 'Instances', stage, TABLES.instances, {
      partitionKey: 'scope',
      sortKey: 'item',
      indexes: {},
    });
    this.work = new DroverTable(this, 'Work', stage, TABLES.work, {
      partitionKey: 'workId',
      indexes: {
        [INDEXES.workByStatus]: { partitionKey: 'statusClass', sortKey: 'availableAt', projection: 'all' },
        [INDEXES.workByCampaign]: { partitionKey: 'campaignId', sortKey: 'createdAt', projection: 'all' },
        [INDEXES.workByUntold]: { partitionKey: 'untoldClass', sortKey: 'workId', projection: 'keys' },
      },
    });
    this.campaigns = new DroverTable(this, 'Campaigns', stage, TABLES.campaigns, {
      partitionKey: 'campaignId',
      indexes: {},
    });
  }
}

export { State };
