import { CfnOutput, Stack } from 'aws-cdk-lib';
import { Alarm } from 'aws-cdk-lib/aws-cloudwatch';
import type { Construct } from 'constructs';
import { FUNCTIONS, OUTPUTS, stackName } from '../lib/constants.ts';
import { Artifacts } from './artifacts.ts';
import { FleetDashboard } from './dashboard/fleet-dashboard.ts';
import { Distribution } from './distribution.ts';
import { Events } from './events.ts';
import { Health } from './health.ts';
import { HealthAlarms } from './health-alarms.ts';
import { Idle } from './idle.ts';
import { IdleAlarms } from './idle-alarms.ts';
import { Monitoring } from './monitoring.ts';
import { nodeQueues } from './node-queues.ts';
import { Nodes } from './nodes.ts';
import { Providers } from './providers.ts';
import { Replication } from './replication.ts';
import { ReplicationAlarms } from './replication-alarms.ts';
import { State } from './state.ts';
import { Sync } from './sync.ts';
import { Work } from './work.ts';
import { WorkAlarms } from './work-alarms.ts';
import { WorkPopulation } from './work-population.ts';

/** One installation of Drover. It depends on no account and region until it is deployed into one. */
class DroverStack extends Stack {
  constructor(scope: Construct, stage: string) {
    const name = stackName(stage);
    super(scope, name, {
      stackName: name,
      description: `Drover, stage ${stage}: a control plane for fleets of rented GPU nodes`,
      tags: { 'drover:stage': stage },
    });
    new Monitoring(this, stage);
    const state = new State(this, 'State', stage);
    const events = new Events(this, 'Events', stage);
    const artifacts = new Artifacts(this, 'Artifacts', stage);
    const shared = { stage, state, events, artifacts, nodeQueues: nodeQueues(this, stage) };
    const { reports } = new Nodes(this, 'Nodes', shared);
    new Distribution(this, 'Distribution', shared);
    new Sync(this, 'Sync', shared);
    new Idle(this, 'Idle', shared);
    new Work(this, 'Work', shared);
    new WorkPopulation(this, 'WorkPopulation', { stage, state, events });
    new Replication(this, 'Replication', shared);
    new Providers(this, 'Providers', { stage, state, events });
    new Health(this, 'Health', { stage, state, events, artifacts, reports: reports.queue });
    new HealthAlarms(this, 'HealthAlarms', stage, FUNCTIONS.scoreHealth);
    new IdleAlarms(this, 'IdleAlarms', stage, FUNCTIONS.shutDownIdle);
    new WorkAlarms(this, 'WorkAlarms', stage, FUNCTIONS.populateQueue);
    new ReplicationAlarms(this, 'ReplicationAlarms', stage);
    const alarms = this.node.findAll().filter((construct) => construct instanceof Alarm);
    new FleetDashboard(this, 'Dashboard', {
      stage,
      health: FUNCTIONS.scoreHealth,
      idle: FUNCTIONS.shutDownIdle,
      alarms,
    });
    new CfnOutput(this, OUTPUTS.eventBusName, { value: events.bus.eventBusName });
    new CfnOutput(this, OUTPUTS.artifactBucket, { value: artifacts.bucket.bucketName });
  }
}

export { DroverStack };
