import * as z from 'zod';
import { assertNever } from '../../lib/errors.ts';
import { timestampSchema } from '../../lib/time.ts';
import { jobTemplateSchema, parametersSchema, templateNameSchema } from '../../lib/work/job-template.ts';
import { type WorkReport, workReportSchema } from '../../lib/work/work-report.ts';

const at = timestampSchema;
const token = z.string();

/** What was accepted: all that is needed to go on with the job after a restart, whatever the templates are by then. */
const jobOrderSchema = z.object({
  token,
  workId: z.string(),
  attempt: z.int().positive(),
  campaignId: z.string().optional(),
  templateName: templateNameSchema,
  template: jobTemplateSchema,
  /** Resolved: one value for each parameter of the template. */
  parameters: parametersSchema,
  /** Indexes of the GPUs that the job has for itself. */
  gpus: z.array(z.int().nonnegative()),
});
type JobOrder = z.infer<typeof jobOrderSchema>;

/** How the program ended by itself or at its time limit. */
const jobEndSchema = z.discriminatedUnion('kind', [
  z.object({ kind: z.literal('exited'), code: z.int() }),
  z.object({ kind: z.literal('killed'), signal: z.string() }),
  z.object({ kind: z.literal('timeout'), limitSeconds: z.number() }),
  z.object({ kind: z.literal('not-started'), message: z.string(), canRetryHelp: z.boolean() }),
]);
type JobEnd = z.infer<typeof jobEndSchema>;

/** The program, so that a later run of the agent finds it: a pid alone may be another program's by then. */
const jobProcessSchema = z.object({
  pid: z.int().positive(),
  processStart: z.string(),
  startedAt: timestampSchema,
});
type JobProcess = z.infer<typeof jobProcessSchema>;

/** One line of the work journal. */
const workEntrySchema = z.discriminatedUnion('entry', [
  /** On disk before the program runs. */
  z.object({ entry: z.literal('accepted'), at, order: jobOrderSchema }),
  z.object({ entry: z.literal('started'), at, token, process: jobProcessSchema }),
  z.object({
    entry: z.literal('ended'),
    at,
    token,
    end: jobEndSchema,
    durationSeconds: z.number().nonnegative(),
  }),
  /** What is to be said of it in the end. */
  z.object({ entry: z.literal('concluded'), at, report: workReportSchema }),
  /** The reports queue took it: that it started, or what was concluded. */
  z.object({ entry: z.literal('reported'), at, token, what: z.enum(['start', 'conclusion']) }),
  /** It was cancelled before it came. */
  z.object({ entry: z.literal('cancelled'), at, token }),
]);
type WorkEntry = z.infer<typeof workEntrySchema>;

interface JobMemory {
  readonly order?: JobOrder;
  readonly process?: JobProcess;
  readonly ended?: { readonly end: JobEnd; readonly durationSeconds: number };
  readonly conclusion?: WorkReport;
  readonly isStartReported: boolean;
  /** When the conclusion was reported: nothing is left to do then. */
  readonly settledAt?: string;
  readonly isCancelled: boolean;
  /** Of the first entry. */
  readonly since: string;
}

/** By token, oldest first. */
type WorkState = Map<string, JobMemory>;

const tokenOf = (entry: WorkEntry): string => {
  switch (entry.entry) {
    case 'accepted':
      return entry.order.token;
    case 'concluded':
      return entry.report.token;
    default:
      return entry.token;
  }
};

const withEntry = (memory: JobMemory, entry: WorkEntry): JobMemory => {
  switch (entry.entry) {
    case 'accepted':
      return { ...memory, order: entry.order };
    case 'started':
      return { ...memory, process: entry.process };
    case 'ended':
      return { ...memory, ended: { end: entry.end, durationSeconds: entry.durationSeconds } };
    case 'concluded':
      // The first conclusion stands.
      return { ...memory, conclusion: memory.conclusion ?? entry.report };
    case 'reported':
      return entry.what === 'start'
        ? { ...memory, isStartReported: true }
        : { ...memory, settledAt: entry.at };
    case 'cancelled':
      return { ...memory, isCancelled: true };
    default:
      return assertNever(entry);
  }
};

/** Adds what `entry` says to `state`. Entries may repeat. */
const applyWorkEntry = (state: WorkState, entry: WorkEntry): void => {
  const key = tokenOf(entry);
  const memory = state.get(key) ?? { isStartReported: false, isCancelled: false, since: entry.at };
  state.set(key, withEntry(memory, entry));
};

/** SQS keeps no message longer than 14 days, so an older token is never asked for again. */
const KEEP_TOKENS_DAYS = 15;

const entriesOf = (key: string, memory: JobMemory): WorkEntry[] => {
  const { order, process, ended, conclusion, since } = memory;
  return [
    ...(order === undefined ? [] : [{ entry: 'accepted' as const, at: since, order }]),
    ...(process === undefined ? [] : [{ entry: 'started' as const, at: since, token: key, process }]),
    ...(ended === undefined ? [] : [{ entry: 'ended' as const, at: since, token: key, ...ended }]),
    ...(conclusion === undefined ? [] : [{ entry: 'concluded' as const, at: since, report: conclusion }]),
    ...(memory.isStartReported
      ? [{ entry: 'reported' as const, at: since, token: key, what: 'start' as const }]
      : []),
    ...(memory.isCancelled ? [{ entry: 'cancelled' as const, at: since, token: key }] : []),
  ];
};

/** The shortest journal that says the same, without tokens that nobody can ask for any more. */
const compactWork = (state: WorkState, now: Date): WorkEntry[] => {
  const oldest = new Date(now.getTime() - KEEP_TOKENS_DAYS * 86_400_000).toISOString();
  return [...state].flatMap(([key, memory]): WorkEntry[] => {
    const { settledAt, since } = memory;
    // Of what is settled only the token is needed, to know a repeat.
    if (settledAt !== undefined) {
      return settledAt < oldest ? [] : [{ entry: 'reported', at: settledAt, token: key, what: 'conclusion' }];
    }
    const isOnlyMark = memory.order === undefined && memory.conclusion === undefined;
    return isOnlyMark && since < oldest ? [] : entriesOf(key, memory);
  });
};

export type { JobEnd, JobMemory, JobOrder, JobProcess, WorkEntry, WorkState };
export { applyWorkEntry, compactWork, workEntrySchema };
