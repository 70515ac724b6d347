import { Duration } from 'aws-cdk-lib';
import { Alarm, ComparisonOperator, Metric, TreatMissingData } from 'aws-cdk-lib/aws-cloudwatch';
import { Rule, RuleTargetInput, Schedule } from 'aws-cdk-lib/aws-events';
import { LambdaFunction } from 'aws-cdk-lib/aws-events-targets';
import { Construct } from 'constructs';
import {
  FUNCTIONS,
  LISTED_PROVIDERS,
  METRICS,
  RECONCILE_TIMEOUT_SECONDS,
  resourceName,
} from '../lib/constants.ts';
import { DroverFunction } from './drover-function.ts';
import type { Events } from './events.ts';
import { allowProviderKeys } from './provider-keys.ts';
import { runbook } from './runbook.ts';
import type { State } from './state.ts';

const RECONCILE_EVERY_MINUTES = 1;
/** A listing older than this is stale (design.md section 1): five failed cycles. */
const FAILURES_UNTIL_ALARM = 5;

interface ProvidersProps {
  readonly stage: string;
  readonly state: State;
  readonly events: Events;
}

/** Each minute and provider: instances against nodes, and what they cost. */
class Providers extends Construct {
  constructor(scope: Construct, id: string, { stage, state, events }: ProvidersProps) {
    super(scope, id);
    const reconcile = new DroverFunction(this, 'Reconcile', {
      stage,
      name: FUNCTIONS.reconcileInstances,
      description: 'Each minute per provider: instances against nodes, and what they cost',
      timeoutSeconds: RECONCILE_TIMEOUT_SECONDS,
      // 10,000 instances and their nodes are in memory at once.
      memoryMegabytes: 1024,
      environment: {
        stage,
        nodesTable: state.nodes.tableName,
        instancesTable: state.instances.tableName,
        controlTable: state.control.tableName,
        auditTable: state.audit.tableName,
        eventBusName: events.bus.eventBusName,
      },
    });
    state.nodes.allow(reconcile.role, ['GetItem', 'BatchGetItem', 'UpdateItem'], ['byLifecycle']);
    state.instances.allow(reconcile.role, ['Query', 'PutItem']);
    state.control.allow(reconcile.role, ['GetItem', 'Query', 'PutItem', 'UpdateItem']);
    state.audit.allow(reconcile.role, ['PutItem']);
    events.bus.grantPutEventsTo(reconcile.role);
    allowProviderKeys(reconcile.role, stage);
    // The next minute is the retry: repeats of a failed run would only ask a failing provider more often.
    reconcile.lambda.configureAsyncInvoke({
      retryAttempts: 0,
      maxEventAge: Duration.minutes(RECONCILE_EVERY_MINUTES),
    });
    for (const provider of LISTED_PROVIDERS) {
      new Rule(this, `EveryMinute-${provider}`, {
        ruleName: resourceName(stage, `${FUNCTIONS.reconcileInstances}-${provider}`),
        description: `Reconciles the instances of ${provider}`,
        schedule: Schedule.rate(Duration.minutes(RECONCILE_EVERY_MINUTES)),
        targets: [
          new LambdaFunction(reconcile.lambda, {
            event: RuleTargetInput.fromObject({ provider }),
            deadLetterQueue: events.targetDeadLetters,
          }),
        ],
      });
      this.#alarms(stage, provider);
    }
    this.#budgetAlarm(stage);
  }

  #budgetAlarm(stage: string): void {
    new Alarm(this, 'BudgetReached', {
      alarmName: resourceName(stage, 'budget-reached'),
      alarmDescription: `At least 80 % of a budget is spent: drover budget show says which. ${runbook('budget-reached')}`,
      metric: new Metric({
        namespace: METRICS.namespace,
        metricName: METRICS.budgetsReached,
        statistic: 'Maximum',
        period: Duration.minutes(RECONCILE_EVERY_MINUTES),
        dimensionsMap: { service: FUNCTIONS.reconcileInstances },
      }),
      comparisonOperator: ComparisonOperator.GREATER_THAN_THRESHOLD,
      threshold: 0,
      evaluationPeriods: 1,
      treatMissingData: TreatMissingData.IGNORE,
    });
  }

  #alarms(stage: string, provider: string): void {
    const metric = (metricName: string, statistic: string): Metric =>
      new Metric({
        namespace: METRICS.namespace,
        metricName,
        statistic,
        period: Duration.minutes(RECONCILE_EVERY_MINUTES),
        dimensionsMap: { service: FUNCTIONS.reconcileInstances, provider },
      });
    new Alarm(this, `Unmanaged-${provider}`, {
      alarmName: resourceName(stage, `unmanaged-${provider}`),
      alarmDescription: `Instances of ${provider} cost money without an agent. drover providers status names them: install the agent there, or end them at the provider. Drover does nothing to them. ${runbook('unmanaged-instances')}`,
      metric: metric(METRICS.unmanagedInstances, 'Maximum'),
      comparisonOperator: ComparisonOperator.GREATER_THAN_THRESHOLD,
      threshold: 0,
      evaluationPeriods: 1,
      treatMissingData: TreatMissingData.IGNORE,
    });
    new Alarm(this, `Stale-${provider}`, {
      alarmName: resourceName(stage, `stale-listing-${provider}`),
      alarmDescription: `${provider} could not be listed for ${FAILURES_UNTIL_ALARM} minutes: nothing is acted on there until it can. drover providers status says why. ${runbook('stale-listing')}`,
      metric: metric(METRICS.listingFailures, 'Maximum'),
      comparisonOperator: ComparisonOperator.GREATER_THAN_THRESHOLD,
      threshold: 0,
      evaluationPeriods: FAILURES_UNTIL_ALARM,
      treatMissingData: TreatMissingData.NOT_BREACHING,
    });
  }
}

export type { ProvidersProps };
export { Providers };
