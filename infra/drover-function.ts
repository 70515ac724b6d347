import { Duration, RemovalPolicy } from 'aws-cdk-lib';
import { Stats, TreatMissingData } from 'aws-cdk-lib/aws-cloudwatch';
import { Role, ServicePrincipal } from 'aws-cdk-lib/aws-iam';
import { Architecture, Code, Function as LambdaFunction, Runtime } from 'aws-cdk-lib/aws-lambda';
import { LogGroup, RetentionDays } from 'aws-cdk-lib/aws-logs';
import { Construct } from 'constructs';
import { ENV, type FunctionName, resourceName } from '../lib/constants.ts';
import { withFunctionBundle } from './bundle-function.ts';
import { functionLogLink } from './deep-links.ts';
import { DroverAlarm } from './drover-alarm.ts';

/** Context that leaves the bundles out: for tests of the template, which need none. */
const BUNDLE_CONTEXT = 'bundle';
/** One failed run is repeated by the next minute or by the queue; three of five minutes are no accident. */
const ERROR_MINUTES = 3;
const ERROR_WINDOW_MINUTES = 5;
/** A run of each minute that waited longer would overlap with the next. */
const MAX_AGE_MINUTES = 1;

/** The variables that the function reads, by their key in `ENV`, and no other. */
type FunctionEnvironment = Partial<Readonly<Record<keyof typeof ENV, string>>>;

interface DroverFunctionProps {
  readonly stage: string;
  /** Entry point `functions/<name>.ts`. */
  readonly name: FunctionName;
  readonly description: string;
  readonly timeoutSeconds: number;
  readonly memoryMegabytes: number;
  readonly environment: FunctionEnvironment;
}

/** The same values under the names that the function's process sees. */
const namedVariables = (environment: FunctionEnvironment): [name: string, value: string][] => {
  const values = new Map(Object.entries(environment));
  return Object.entries(ENV).flatMap(([key, name]): [string, string][] => {
    const value = values.get(key);
    return value === undefined ? [] : [[name, value]];
  });
};

/** A Lambda function with its own role, log group and alarm. It may do nothing but log until it is granted more. */
class DroverFunction extends Construct {
  readonly name: FunctionName;
  readonly lambda: LambdaFunction;
  readonly role: Role;
  readonly timeoutSeconds: number;

  constructor(scope: Construct, id: string, props: DroverFunctionProps) {
    super(scope, id);
    const functionName = resourceName(props.stage, props.name);
    this.name = props.name;
    this.timeoutSeconds = props.timeoutSeconds;
    const logGroup = new LogGroup(this, 'Logs', {
      logGroupName: `/aws/lambda/${functionName}`,
      retention: RetentionDays.ONE_MONTH,
      removalPolicy: RemovalPolicy.DESTROY,
    });
    this.role = new Role(this, 'Role', {
      roleName: functionName,
      description: `What ${functionName} may do`,
      assumedBy: new ServicePrincipal('lambda.amazonaws.com'),
    });
    logGroup.grantWrite(this.role);
    const settings = {
      functionName,
      description: props.description,
      runtime: Runtime.NODEJS_24_X,
      architecture: Architecture.ARM_64,
      memorySize: props.memoryMegabytes,
      timeout: Duration.seconds(props.timeoutSeconds),
      role: this.role,
      logGroup,
      environment: Object.fromEntries(namedVariables(props.environment)),
    };
    const make = (code: Code): LambdaFunction =>
      new LambdaFunction(this, 'Function', { ...settings, handler: 'index.handler', code });
    this.lambda =
      this.node.tryGetContext(BUNDLE_CONTEXT) === 'false'
        ? make(Code.fromInline('not bundled'))
        : withFunctionBundle(props.name, (folder) => make(Code.fromAsset(folder)));
    this.#alarm(functionName);
  }

  /** For values that depend on this function's own role. */
  setVariables(environment: FunctionEnvironment): void {
    for (const [name, value] of namedVariables(environment)) this.lambda.addEnvironment(name, value);
  }

  /** For what a schedule starts each minute: repeats of a failed run would overlap with the next, and ask more often what fails already. */
  leaveRetriesToNextMinute(): void {
    this.lambda.configureAsyncInvoke({ retryAttempts: 0, maxEventAge: Duration.minutes(MAX_AGE_MINUTES) });
  }

  #alarm(functionName: string): void {
    new DroverAlarm(this, 'Errors', {
      name: `${this.name}-errors`,
      severity: 'warning',
      means: `${functionName} ended with an error in ${ERROR_MINUTES} of ${ERROR_WINDOW_MINUTES} minutes.`,
      firstLook: 'its log, the lines with level ERROR.',
      section: 'function-errors',
      links: [functionLogLink(this, functionName)],
      metric: this.lambda.metricErrors({ period: Duration.minutes(1), statistic: Stats.SUM }),
      breaches: { above: 0 },
      periods: ERROR_WINDOW_MINUTES,
      breaching: ERROR_MINUTES,
      missingData: {
        treat: TreatMissingData.NOT_BREACHING,
        because:
          'a function that nobody calls makes no errors; one that should be called has an alarm for that',
      },
    });
  }
}

export type { DroverFunctionProps, FunctionEnvironment };
export { BUNDLE_CONTEXT, DroverFunction };
