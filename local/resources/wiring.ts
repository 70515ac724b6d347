/** What the template's resources declare about who calls whom. Filled while they are made, read while the cloud runs. */

interface FunctionDefinition {
  readonly name: string;
  readonly arn: string;
  readonly roleArn: string;
  /** The folder of its bundle. */
  readonly codeFolder: string;
  /** `<file>.<export>`. */
  readonly handler: string;
  readonly environment: Readonly<Record<string, string>>;
  readonly timeoutSeconds: number;
  readonly memoryMegabytes: number;
  readonly logGroup: string;
  /** Where events go that failed each asynchronous try. */
  readonly deadLetterArn: string | undefined;
}

/** `AWS::Lambda::Permission`: who may invoke a function. */
interface FunctionPermission {
  /** Name or ARN. */
  readonly functionName: string;
  readonly action: string;
  readonly principal: string;
  readonly sourceArn: string | undefined;
  readonly sourceAccount: string | undefined;
  readonly functionUrlAuthType: string | undefined;
  readonly invokedViaFunctionUrl: boolean | undefined;
}

/** `AWS::Lambda::EventInvokeConfig`: how asynchronous invocations are repeated and where they end. */
interface AsyncInvokeConfig {
  readonly maximumRetryAttempts: number | undefined;
  readonly onFailureArn: string | undefined;
}

/** `AWS::Lambda::EventSourceMapping` of a queue. */
interface EventSource {
  readonly logicalId: string;
  readonly queueArn: string;
  /** Name or ARN. */
  readonly functionName: string;
  readonly batchSize: number;
  readonly batchingWindowSeconds: number;
  readonly reportsItemFailures: boolean;
  readonly maximumConcurrency: number | undefined;
}

interface RuleTarget {
  readonly id: string;
  readonly arn: string;
  readonly deadLetterArn: string | undefined;
  /** Sent instead of the event, when the rule says so. */
  readonly input: string | undefined;
}

/** `AWS::Events::Rule`. The pattern of one that has it is matched by the front door's bus. */
interface Rule {
  readonly name: string;
  readonly arn: string;
  readonly targets: readonly RuleTarget[];
}

interface ScheduleRule extends Rule {
  /** `rate(…)` or `cron(…)`. */
  readonly expression: string;
}

interface Wiring {
  /** By ARN. */
  readonly functions: Map<string, FunctionDefinition>;
  readonly permissions: FunctionPermission[];
  /** By function name or ARN. */
  readonly asyncConfigs: Map<string, AsyncInvokeConfig>;
  readonly eventSources: EventSource[];
  readonly schedules: ScheduleRule[];
  /** Rules with a pattern, by ARN. */
  readonly patternRules: Map<string, Rule>;
  /** Identity policies by role ARN. */
  readonly rolePolicies: Map<string, unknown[]>;
  /** Resource policies by the ARN of their queue. */
  readonly queuePolicies: Map<string, unknown>;
  /** Resource policies of CloudWatch Logs: they belong to the account. */
  readonly logPolicies: unknown[];
}

const createWiring = (): Wiring => ({
  functions: new Map(),
  permissions: [],
  asyncConfigs: new Map(),
  eventSources: [],
  schedules: [],
  patternRules: new Map(),
  rolePolicies: new Map(),
  queuePolicies: new Map(),
  logPolicies: [],
});

/** The function that a name or an ARN means. */
const findFunction = (wiring: Wiring, nameOrArn: string): FunctionDefinition | undefined =>
  [...wiring.functions.values()].find(({ name, arn }) => name === nameOrArn || arn === nameOrArn);

export type {
  AsyncInvokeConfig,
  EventSource,
  FunctionDefinition,
  FunctionPermission,
  Rule,
  RuleTarget,
  ScheduleRule,
  Wiring,
};
export { createWiring, findFunction };
