import { TreatMissingData } from 'aws-cdk-lib/aws-cloudwatch';
import { Construct } from 'constructs';
import { FUNCTIONS, METRICS, resourceName } from '../lib/constants.ts';
import { functionLogLink } from './deep-links.ts';
import { DroverAlarm } from './drover-alarm.ts';
import { droverMetric } from './drover-metric.ts';

const SOURCE = FUNCTIONS.repairReplication;
/** The full count comes every five minutes. */
const COUNT_MINUTES = 5;
/** A repair and its retries pass in less; longer is one that does not happen. */
const BACKLOG_SECONDS = 3600;

/** What says that data is lost, or may be soon. */
class ReplicationAlarms extends Construct {
  constructor(scope: Construct, id: string, stage: string) {
    super(scope, id);
    const links = [functionLogLink(this, resourceName(stage, SOURCE))] as const;
    new DroverAlarm(this, 'ArtifactLost', {
      name: 'artifact-lost',
      severity: 'critical',
      means: 'The last copy of an artifact is gone: neither the store nor any node that answers has it.',
      firstLook: 'npx drover data at-risk names it: can a node that held it come back?',
      section: 'artifact-lost',
      links,
      metric: droverMetric({ name: METRICS.artifactsLost, source: SOURCE, statistic: 'Sum' }),
      breaches: { above: 0 },
      periods: 1,
      missingData: {
        treat: TreatMissingData.NOT_BREACHING,
        because: 'no cycle is no loss; a schedule that stands still has its own alarm',
      },
    });
    new DroverAlarm(this, 'UnreadableList', {
      name: 'unreadable-list',
      severity: 'warning',
      means: 'A node was written off whose last list cannot be read: artifacts may still count a copy on it.',
      firstLook:
        'npx drover audit --action write-off-copies names the node; npx drover replication recount finds its copies.',
      section: 'unreadable-list',
      links,
      metric: droverMetric({ name: METRICS.unreadableLists, source: SOURCE, statistic: 'Sum' }),
      breaches: { above: 0 },
      periods: 1,
      missingData: {
        treat: TreatMissingData.NOT_BREACHING,
        because: 'no cycle writes no node off; a schedule that stands still has its own alarm',
      },
    });
    new DroverAlarm(this, 'RepairBacklog', {
      name: 'repair-backlog',
      severity: 'warning',
      means: `An artifact has been below the copies that make it durable for ${BACKLOG_SECONDS / 60} minutes.`,
      firstLook: 'npx drover replication status: what do repairs wait for?',
      section: 'repair-backlog',
      links,
      metric: droverMetric({
        name: METRICS.repairBacklogSeconds,
        source: SOURCE,
        statistic: 'Maximum',
        periodMinutes: COUNT_MINUTES,
      }),
      breaches: { above: BACKLOG_SECONDS },
      periods: 1,
      missingData: {
        treat: TreatMissingData.IGNORE,
        because: 'only a full count can tell that the backlog is gone',
      },
    });
  }
}

export { ReplicationAlarms };
