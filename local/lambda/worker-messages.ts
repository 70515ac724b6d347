import * as z from 'zod';

/** What the runtime tells a worker when it starts it. */
interface WorkerData {
  readonly moduleUrl: string;
  readonly exportName: string;
}

/** One invocation. The payload travels as JSON, as on Lambda. */
interface InvokeMessage {
  readonly requestId: string;
  readonly payload: string;
  readonly deadlineEpochMs: number;
  readonly functionName: string;
  readonly functionArn: string;
  readonly memoryMegabytes: number;
  readonly logGroup: string;
  readonly logStream: string;
}

const functionErrorSchema = z.object({
  errorType: z.string(),
  errorMessage: z.string(),
  trace: z.array(z.string()).optional(),
});
type FunctionError = z.infer<typeof functionErrorSchema>;

/** What a worker says: a function shares its thread, so this is parsed. */
const workerAnswerSchema = z.discriminatedUnion('type', [
  z.object({ type: z.literal('ready') }),
  z.object({ type: z.literal('init-failed'), error: functionErrorSchema }),
  z.object({ type: z.literal('succeeded'), requestId: z.string(), payload: z.string() }),
  z.object({ type: z.literal('failed'), requestId: z.string(), error: functionErrorSchema }),
]);
type WorkerAnswer = z.infer<typeof workerAnswerSchema>;

export type { FunctionError, InvokeMessage, WorkerAnswer, WorkerData };
export { workerAnswerSchema };
