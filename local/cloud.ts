import { setTimeout as delay } from 'node:timers/promises';
import { ACCOUNT_ID, REGION } from './arns.ts';
import { createDynamoDbClient, createS3Client, createSqsClient } from './clients.ts';
import { CloudError } from './cloud-error.ts';
import { createDeliverOrDeadLetter } from './delivery/dead-letter.ts';
import { createDeliver } from './delivery/deliver.ts';
import type { EventBridgeEvent } from './emulators/event-journal.ts';
import { type FrontDoor, startFrontDoor } from './emulators/front-door.ts';
import { type AsyncInvoker, createAsyncInvoker } from './lambda/async-invoke.ts';
import { type RunningEventSource, runEventSource } from './lambda/event-source.ts';
import { createFunctionRuntime, type FunctionRuntime } from './lambda/function-runtime.ts';
import { createUrlHandler, urlIdOf } from './lambda/url-handler.ts';
import { makeStack } from './resources/make-stack.ts';
import { createWiring, findFunction } from './resources/wiring.ts';
import { createScheduler } from './schedules/scheduler.ts';
import { readAssembly } from './template/assembly.ts';
import { type Template, templateSchema } from './template/template.ts';

/** What invocations have to finish when the cloud stops. */
const STOP_GRACE_MS = 2000;

interface CloudOptions {
  /** What `cdk synth` wrote. */
  readonly assemblyFolder: string;
  /** Runs this template (parsed JSON) instead of the assembly's, with the assembly's assets. */
  readonly template?: unknown;
  /** State is kept here over restarts; without it, it is gone at the end. */
  readonly dataFolder?: string;
  /** Default: any free one. */
  readonly port?: number;
  readonly log?: (line: string) => void;
  /** False: no event source mapping polls its queue. */
  readonly eventSources?: boolean;
  /** False: schedules fire only by `tick`. */
  readonly schedules?: boolean;
  /** How much faster than the clock the time of schedules passes, so that a test need not wait for a minute; default 1. */
  readonly scheduleSpeed?: number;
  /** Told of each event on a bus, once. */
  readonly onEvent?: (event: EventBridgeEvent) => void;
  /** What the functions get beside the template's environment: addresses of simulated services. */
  readonly functionEnvironment?: Readonly<Record<string, string>>;
  /** Waits before an asynchronous invocation is repeated; default as on Lambda, 60 and 120. */
  readonly asyncRetryDelaysSeconds?: readonly number[];
}

interface Cloud {
  readonly endpoint: string;
  readonly region: string;
  readonly accountId: string;
  readonly stackName: string;
  readonly outputs: Readonly<Record<string, string>>;
  /** For a process or SDK client that calls as the operator, who may do everything. */
  operatorEnvironment(): Record<string, string>;
  /** Fires a schedule at once, by rule name or ARN; resolves when its targets have run once. */
  tick(ruleNameOrArn: string): Promise<void>;
  /** When a schedule that runs fires next, by rule name or ARN. */
  nextFiring(ruleNameOrArn: string): Date | undefined;
  /** Where objects lie on the disk, for tests that damage them. */
  readonly objects: FrontDoor['objects'];
  /** Ends pollers, workers and servers. */
  stop(): Promise<void>;
}

const parseTemplate = (template: unknown, fallback: Template): Template =>
  template === undefined ? fallback : templateSchema.parse(template);

/**
 * Runs a synthesized stack on this machine: makes its resources in the emulators, runs its functions from their own
 * bundles and connects them as the template says.
 * @throws CloudError when the template holds something that cannot run here, naming it.
 */
const startCloud = async (options: CloudOptions): Promise<Cloud> => {
  const log = options.log ?? (() => undefined);
  const assembly = await readAssembly(options.assemblyFolder);
  const template = parseTemplate(options.template, assembly.template);
  let isReady = false;
  const frontDoor = await startFrontDoor({
    port: options.port ?? 0,
    dataFolder: options.dataFolder,
    accountId: ACCOUNT_ID,
    region: REGION,
    log,
    isReady: () => isReady,
  });
  const { endpoint, principals } = frontDoor;
  const { operator } = principals;
  const wiring = createWiring();
  const runtimes = new Map<string, FunctionRuntime>();
  const invokers = new Map<string, AsyncInvoker>();
  const running: RunningEventSource[] = [];
  const dynamodb = createDynamoDbClient(endpoint, operator);
  const sqs = createSqsClient(endpoint, operator);
  const s3 = createS3Client(endpoint, operator);

  const deliver = createDeliverOrDeadLetter(
    createDeliver({ wiring, sqs, logs: frontDoor.logs, invokerOf: (arn) => invokers.get(arn) }),
    { wiring, sqs, log },
  );
  const scheduler = createScheduler(wiring.schedules, deliver, log, options.scheduleSpeed);
  const deliverFromBus = async (ruleArn: string, targetArn: string, event: unknown): Promise<void> => {
    const rule = wiring.patternRules.get(ruleArn);
    const target = rule?.targets.find(({ arn }) => arn === targetArn);
    if (rule !== undefined && target !== undefined) await deliver(rule, target, event);
  };

  const keysOfFunction = (roleArn: string, name: string) => principals.keysFor(roleArn, name);

  const startFunctions = (): void => {
    for (const [arn, definition] of wiring.functions) {
      const credentials = keysOfFunction(definition.roleArn, definition.name);
      const runtime = createFunctionRuntime(definition, {
        endpoint,
        credentials,
        environment: options.functionEnvironment ?? {},
        appendLog: (group, stream, at, line) => frontDoor.logs.append(group, stream, at, line),
      });
      runtimes.set(arn, runtime);
      frontDoor.lambda.register(definition.name, arn, (payload) => runtime.invoke(payload));
      const { asyncRetryDelaysSeconds } = options;
      invokers.set(
        arn,
        createAsyncInvoker({
          runtime,
          config: wiring.asyncConfigs.get(definition.name) ?? wiring.asyncConfigs.get(arn),
          sqs: createSqsClient(endpoint, credentials),
          log,
          ...(asyncRetryDelaysSeconds !== undefined && { retryDelaysSeconds: asyncRetryDelaysSeconds }),
        }),
      );
    }
  };

  const startEventSources = (): void => {
    for (const source of wiring.eventSources) {
      const definition = findFunction(wiring, source.functionName);
      const runtime = definition && runtimes.get(definition.arn);
      if (definition === undefined || runtime === undefined) {
        throw new CloudError(`event source ${source.logicalId}: there is no function ${source.functionName}`);
      }
      const keys = keysOfFunction(definition.roleArn, definition.name);
      running.push(runEventSource({ source, runtime, sqs: createSqsClient(endpoint, keys), log }));
    }
  };

  const stop = async (): Promise<void> => {
    scheduler.stop();
    const pollers = Promise.all(running.map((source) => source.stop()));
    // What runs may finish; a longer one is cut off, and its messages come back as after a crash.
    await Promise.race([pollers, delay(STOP_GRACE_MS, undefined, { ref: false })]);
    await Promise.all([...invokers.values()].map((invoker) => invoker.stop()));
    await Promise.all([...runtimes.values()].map((runtime) => runtime.stop()));
    await pollers;
    for (const client of [dynamodb, sqs, s3]) client.destroy();
    await frontDoor.stop();
  };

  try {
    const outputs = await makeStack(template, assembly.stackName, {
      frontDoor,
      dynamodb,
      sqs,
      s3,
      wiring,
      assetFolders: assembly.assetFolders,
      functionUrl: (arn, authType) =>
        frontDoor.functionUrls.mount(
          urlIdOf(arn),
          createUrlHandler(wiring, arn, authType, (functionArn) => runtimes.get(functionArn)),
        ),
    });
    for (const [roleArn, policies] of wiring.rolePolicies) {
      frontDoor.authorizer.setRolePolicies(roleArn, policies);
    }
    frontDoor.stacks.put({ name: assembly.stackName, outputs });
    startFunctions();
    isReady = true;
    if (options.onEvent !== undefined) frontDoor.events.onPut(options.onEvent);
    frontDoor.events.onDeliver(deliverFromBus);
    if (options.eventSources !== false) startEventSources();
    if (options.schedules !== false) scheduler.start();
    return {
      endpoint,
      region: REGION,
      accountId: ACCOUNT_ID,
      stackName: assembly.stackName,
      outputs,
      operatorEnvironment: () => ({
        AWS_ENDPOINT_URL: endpoint,
        AWS_REGION: REGION,
        AWS_ACCESS_KEY_ID: operator.accessKeyId,
        AWS_SECRET_ACCESS_KEY: operator.secretAccessKey,
      }),
      objects: frontDoor.objects,
      tick: (ruleNameOrArn) => scheduler.tick(ruleNameOrArn),
      nextFiring: (ruleNameOrArn) => scheduler.nextAt(ruleNameOrArn),
      stop,
    };
  } catch (error) {
    await stop();
    throw error;
  }
};

/** What it takes to call a cloud, also one that another process runs. */
type ReachableCloud = Pick<Cloud, 'endpoint' | 'region' | 'outputs' | 'operatorEnvironment'>;

export type { Cloud, CloudOptions, ReachableCloud };
export { startCloud };
