import * as z from 'zod';
import { regionalArn } from '../arns.ts';
import { CloudError } from '../cloud-error.ts';
import { defineKind, ignored, tags } from './kind.ts';

const functionSchema = z.strictObject({
  FunctionName: z.string().optional(),
  Description: ignored('for people'),
  Runtime: z.string().regex(/^nodejs/, 'only Node.js functions run here'),
  Handler: z.string().regex(/^[^.]+\.[^.]+$/, 'a handler is <file>.<export>'),
  Role: z.string(),
  Code: z.strictObject({ S3Bucket: z.unknown(), S3Key: z.string() }),
  Environment: z.strictObject({ Variables: z.record(z.string(), z.coerce.string()).default({}) }).optional(),
  Timeout: z.coerce.number().default(3),
  MemorySize: z.coerce.number().default(128),
  LoggingConfig: z
    .strictObject({
      LogGroup: z.string().optional(),
      LogFormat: ignored('lines are kept as the function writes them'),
      ApplicationLogLevel: ignored('lines are kept as the function writes them'),
      SystemLogLevel: ignored('there are no system lines'),
    })
    .optional(),
  DeadLetterConfig: z.strictObject({ TargetArn: z.string() }).optional(),
  Architectures: ignored('runs on this machine’s'),
  EphemeralStorage: ignored('the disk is the user’s own'),
  TracingConfig: ignored('no tracer'),
  RuntimeManagementConfig: ignored('runs on this Node'),
  RecursiveLoop: ignored('not watched'),
  Tags: tags,
});

const lambdaFunction = defineKind(
  'AWS::Lambda::Function',
  functionSchema,
  (properties, { logicalId, fallbackName }, { assetFolders, frontDoor, wiring }) => {
    const name = properties.FunctionName ?? fallbackName;
    const arn = regionalArn('lambda', `function:${name}`);
    const codeFolder = assetFolders.get(properties.Code.S3Key);
    if (codeFolder === undefined) {
      throw new CloudError(
        `AWS::Lambda::Function ${logicalId}: the assembly has no asset ${properties.Code.S3Key}: synthesize again`,
      );
    }
    const logGroup = properties.LoggingConfig?.LogGroup ?? `/aws/lambda/${name}`;
    frontDoor.logs.createGroup(logGroup);
    wiring.functions.set(arn, {
      name,
      arn,
      roleArn: properties.Role,
      codeFolder,
      handler: properties.Handler,
      environment: properties.Environment?.Variables ?? {},
      timeoutSeconds: properties.Timeout,
      memoryMegabytes: properties.MemorySize,
      logGroup,
      deadLetterArn: properties.DeadLetterConfig?.TargetArn,
    });
    return { ref: name, attributes: { Arn: arn } };
  },
);

const permissionSchema = z.strictObject({
  FunctionName: z.string(),
  Action: z.string(),
  Principal: z.string(),
  SourceArn: z.string().optional(),
  SourceAccount: z.string().optional(),
  FunctionUrlAuthType: z.string().optional(),
  InvokedViaFunctionUrl: z.boolean().optional(),
});

const permission = defineKind(
  'AWS::Lambda::Permission',
  permissionSchema,
  (properties, { fallbackName }, { wiring }) => {
    wiring.permissions.push({
      functionName: properties.FunctionName,
      action: properties.Action,
      principal: properties.Principal,
      sourceArn: properties.SourceArn,
      sourceAccount: properties.SourceAccount,
      functionUrlAuthType: properties.FunctionUrlAuthType,
      invokedViaFunctionUrl: properties.InvokedViaFunctionUrl,
    });
    return { ref: fallbackName, attributes: { Id: fallbackName } };
  },
);

const eventInvokeConfigSchema = z.strictObject({
  FunctionName: z.string(),
  Qualifier: z.literal('$LATEST'),
  MaximumRetryAttempts: z.coerce.number().optional(),
  MaximumEventAgeInSeconds: ignored('here the repeats end within minutes, before any such age'),
  DestinationConfig: z
    .strictObject({ OnFailure: z.strictObject({ Destination: z.string() }).optional() })
    .optional(),
});

const eventInvokeConfig = defineKind(
  'AWS::Lambda::EventInvokeConfig',
  eventInvokeConfigSchema,
  (properties, { fallbackName }, { wiring }) => {
    wiring.asyncConfigs.set(properties.FunctionName, {
      maximumRetryAttempts: properties.MaximumRetryAttempts,
      onFailureArn: properties.DestinationConfig?.OnFailure?.Destination,
    });
    return { ref: fallbackName, attributes: {} };
  },
);

const urlSchema = z.strictObject({
  TargetFunctionArn: z.string(),
  AuthType: z.enum(['NONE', 'AWS_IAM']),
  InvokeMode: z.literal('BUFFERED').optional(),
});

const functionUrl = defineKind(
  'AWS::Lambda::Url',
  urlSchema,
  ({ TargetFunctionArn, AuthType }, _identity, workshop) => ({
    ref: TargetFunctionArn,
    attributes: {
      FunctionArn: TargetFunctionArn,
      FunctionUrl: workshop.functionUrl(TargetFunctionArn, AuthType),
    },
  }),
);

const eventSourceSchema = z.strictObject({
  EventSourceArn: z.string().regex(/^arn:[^:]+:sqs:/, 'only queues are event sources here'),
  FunctionName: z.string(),
  BatchSize: z.coerce.number().min(1).max(10_000).default(10),
  MaximumBatchingWindowInSeconds: z.coerce.number().min(0).max(300).default(0),
  FunctionResponseTypes: z.array(z.literal('ReportBatchItemFailures')).default([]),
  ScalingConfig: z.strictObject({ MaximumConcurrency: z.coerce.number().min(2).optional() }).optional(),
  Enabled: z.boolean().default(true),
  MetricsConfig: ignored('no metrics'),
  Tags: tags,
});

const eventSourceMapping = defineKind(
  'AWS::Lambda::EventSourceMapping',
  eventSourceSchema,
  (properties, { logicalId, fallbackName }, { wiring }) => {
    if (properties.Enabled) {
      wiring.eventSources.push({
        logicalId,
        queueArn: properties.EventSourceArn,
        functionName: properties.FunctionName,
        batchSize: properties.BatchSize,
        batchingWindowSeconds: properties.MaximumBatchingWindowInSeconds,
        reportsItemFailures: properties.FunctionResponseTypes.includes('ReportBatchItemFailures'),
        maximumConcurrency: properties.ScalingConfig?.MaximumConcurrency,
      });
    }
    return { ref: fallbackName, attributes: { Id: fallbackName } };
  },
);

export { eventInvokeConfig, eventSourceMapping, functionUrl, lambdaFunction, permission };
