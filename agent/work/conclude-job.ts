import { DroverError, PermanentError } from '../../lib/errors.ts';
import { missingEvidence } from '../../lib/work/check-evidence.ts';
import type { WorkReport } from '../../lib/work/work-report.ts';
import { fullJitterSeconds } from '../backoff.ts';
import { CommandFailure } from '../commands/command-failure.ts';
import { type Bringing, type BringTools, bringFile } from '../flush/bring-file.ts';
import { decideEnd } from './decide-end.ts';
import { findOutputs, type Output } from './find-outputs.ts';
import type { JobFolder } from './job-folder.ts';
import { readLogTail } from './log-tail.ts';
import { readResult } from './read-result.ts';
import type { JobEnd, JobOrder } from './work-journal-state.ts';

type Failed = Extract<WorkReport, { state: 'failed' }>;

interface Ended {
  readonly order: JobOrder;
  readonly folder: JobFolder;
  readonly end: JobEnd;
  readonly durationSeconds: number;
}

/** Why a job that says that it succeeded did not. */
class NoSuccess extends DroverError {
  readonly failureClass: Failed['failureClass'];

  constructor(failureClass: Failed['failureClass'], message: string, options?: ErrorOptions) {
    super(message, options);
    this.failureClass = failureClass;
  }
}

/** A disk that fails or a file that never rests is a failure in the end; the store is waited for as long as it takes. */
const LOCAL_TRIES = 5;
const MAX_MESSAGE = 2000;

const isStoreFailure = (error: unknown): boolean =>
  error instanceof CommandFailure &&
  (error.failureClass === 'store-unreachable' || error.failureClass === 'store-refused');

/** Brings one output into the store, however often that needs to be tried. */
const bringOutput = async (output: Output, tools: BringTools, bringing: Bringing): Promise<string> => {
  const { timing, log } = tools;
  let localFailures = 0;
  for (let failures = 1; ; failures += 1) {
    let why: unknown = new NoSuccess(
      'evidence-missing',
      `the output ${output.path} still changes, or is gone`,
    );
    try {
      const artifactId = await bringFile(output.path, output, tools, bringing);
      if (artifactId !== undefined) return artifactId;
    } catch (error) {
      bringing.signal.throwIfAborted();
      why = error;
    }
    if (!isStoreFailure(why)) localFailures += 1;
    if (localFailures >= LOCAL_TRIES) throw why;
    const pause = fullJitterSeconds(failures, { baseSeconds: 1, capSeconds: 60 }, timing.random());
    log.warn('cannot bring an output into the store; trying again', {
      path: output.path,
      failures,
      error: why,
    });
    await timing.wait(pause, bringing.signal);
    bringing.signal.throwIfAborted();
  }
};

/** Looks for what a successful job must show, and brings it into the store. @throws NoSuccess, PermanentError, the disk's errors */
const collect = async (
  { order, folder }: Ended,
  tools: BringTools,
  bringing: Bringing,
): Promise<Pick<Extract<WorkReport, { state: 'succeeded' }>, 'evidence' | 'outputs'>> => {
  const evidence = await readResult(folder.result).catch((error: unknown) => {
    if (!(error instanceof PermanentError)) throw error;
    throw new NoSuccess('evidence-missing', error.message, { cause: error });
  });
  const lacking = missingEvidence(order.template.evidence, evidence ?? {});
  if (lacking !== undefined) {
    const where = evidence === undefined ? ': the program wrote no result file ($DROVER_RESULT)' : '';
    throw new NoSuccess('evidence-missing', `${lacking}${where}`);
  }
  const { outputs, missing } = await findOutputs(order, folder, bringing.signal);
  if (missing !== undefined) throw new NoSuccess('evidence-missing', missing);
  const artifactIds = new Set<string>();
  for (const output of outputs) artifactIds.add(await bringOutput(output, tools, bringing));
  // What an earlier run of the agent brought there and could not say.
  await tools.reports.deliver(bringing.signal);
  return { evidence: evidence ?? {}, outputs: [...artifactIds] };
};

const failureClassOf = (error: unknown): Failed['failureClass'] => {
  if (error instanceof NoSuccess) return error.failureClass;
  return error instanceof PermanentError ? 'permanent' : 'transient';
};

/**
 * What is to be said of a job whose program has ended. Can be done again after a crash: what is in the store stays there.
 * @throws the reason of the signal when that came first; then nothing is decided
 */
const concludeJob = async (job: Ended, tools: BringTools, bringing: Bringing): Promise<WorkReport> => {
  const { order, folder, end, durationSeconds } = job;
  const { token, workId, attempt, template } = order;
  const decision = decideEnd(end, template);
  const logTail = await readLogTail(folder.log).catch((error: unknown) => `the log cannot be read: ${error}`);
  const common = { token, workId, attempt, durationSeconds, logTail };
  const failed = (failureClass: Failed['failureClass'], message: string, exitCode?: number): WorkReport => ({
    ...common,
    state: 'failed',
    failureClass,
    message: message.slice(0, MAX_MESSAGE),
    ...(exitCode === undefined ? {} : { exitCode }),
  });
  if (decision.action === 'fail') {
    const { message, exitCode } = decision.evidence;
    return failed(decision.reason, message, exitCode);
  }
  try {
    return { ...common, state: 'succeeded', exitCode: 0, ...(await collect(job, tools, bringing)) };
  } catch (error) {
    bringing.signal.throwIfAborted();
    return failed(failureClassOf(error), error instanceof Error ? error.message : String(error), 0);
  }
};

export type { Ended };
export { concludeJob };
