import * as z from 'zod';

/** What the runtime tells a worker when it starts it. */
const workerDataSchema = z.object({ moduleUrl: z.string(), exportName: z.string() });

/** One invocation. The payload travels as JSON, as on Lambda. */
const invokeMessageSchema = z.object({
  requestId: z.string(),
  payload: z.string(),
  deadlineEpochMs: z.number(),
  functionName: z.string(),
  functionArn: z.string(),
  memoryMegabytes: z.number(),
  logGroup: z.string(),
  logStream: z.string(),
});
type InvokeMessage = z.infer<typeof invokeMessageSchema>;

const functionErrorSchema = z.object({
  errorType: z.string(),
  errorMessage: z.string(),
  trace: z.array(z.string()).optional(),
});
type FunctionError = z.infer<typeof functionErrorSchema>;

const workerAnswerSchema = z.discriminatedUnion('type', [
  z.object({ type: z.literal('ready') }),
  z.object({ type: z.literal('init-failed'), error: functionErrorSchema }),
  z.object({ type: z.literal('succeeded'), requestId: z.string(), payload: z.string() }),
  z.object({ type: z.literal('failed'), requestId: z.string(), error: functionErrorSchema }),
]);
type WorkerAnswer = z.infer<typeof workerAnswerSchema>;

export type { FunctionError, InvokeMessage, WorkerAnswer };
export { invokeMessageSchema, workerAnswerSchema, workerDataSchema };
