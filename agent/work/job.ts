import { rm } from 'node:fs/promises';
import { resolve } from 'node:path';
import { toTimestamp } from '../../lib/time.ts';
import { fillCommand } from '../../lib/work/fill-command.ts';
import type { ReleaseReason, WorkReport } from '../../lib/work/work-report.ts';
import type { BringTools } from '../flush/bring-file.ts';
import { concludeJob } from './conclude-job.ts';
import { jobEnvironment } from './job-environment.ts';
import { type JobFolder, jobFolderOf, makeJobFolder } from './job-folder.ts';
import { killLeftovers } from './job-processes.ts';
import { readLogTail } from './log-tail.ts';
import { GRACE_SECONDS, type Start, type StartedProgram, startJob } from './start-job.ts';
import type { WorkJournal } from './work-journal.ts';
import type { JobEnd, JobMemory, JobOrder, JobProcess } from './work-journal-state.ts';
import type { WorkReports } from './work-reports.ts';

interface JobTools {
  readonly journal: WorkJournal;
  readonly reports: WorkReports;
  readonly bring: BringTools;
  /** The folder of all jobs. */
  readonly jobs: string;
  /** What relative working folders are relative to. */
  readonly root: string;
  /** The agent's own. */
  readonly environment: NodeJS.ProcessEnv;
  /** Aborts at the end of everything. */
  readonly end: AbortSignal;
}

interface Release {
  readonly reason: ReleaseReason;
  readonly message: string;
}

/** One lease on its way from the command to its last report. */
class Job {
  readonly order: JobOrder;
  readonly folder: JobFolder;
  readonly #tools: JobTools;
  /** Aborts when what is being brought into the store is not wanted any more. */
  readonly #unwanted = new AbortController();
  #process: JobProcess | undefined;
  #program: StartedProgram | undefined;
  #release: Release | undefined;
  #startTold: Promise<void> = Promise.resolve();
  #gone: Promise<void> = Promise.resolve();

  constructor(order: JobOrder, tools: JobTools) {
    this.order = order;
    this.#tools = tools;
    this.folder = jobFolderOf(tools.jobs, order);
  }

  /** Absent: its program was never started. */
  get startedAt(): string | undefined {
    return this.#process?.startedAt;
  }

  /** Resolves when the control plane heard that the program runs. */
  get startTold(): Promise<void> {
    return this.#startTold;
  }

  /** Resolves when nothing of the program is left; at once when it was not started. */
  get gone(): Promise<void> {
    return this.#gone;
  }

  /**
   * Gives the lease back, unless the program has ended by itself: what is done is brought away, but for what was cancelled.
   * @param graceSeconds between the request to end and the end
   */
  release(release: Release, graceSeconds = GRACE_SECONDS): void {
    if (release.reason === 'cancelled') this.#unwanted.abort(new Error(release.message));
    const hasEnded = this.#program !== undefined && !this.#program.stop(graceSeconds);
    if (!hasEnded || release.reason === 'cancelled') this.#release ??= release;
  }

  /**
   * Starts the program. The journal has it before it runs, and who it is before anybody hears of it.
   * @param isLate asked as late as possible
   * @throws when the journal cannot be written; then nothing runs
   */
  async launch(isLate: () => boolean): Promise<void> {
    const { journal, reports, bring } = this.#tools;
    await journal.accepted(this.order);
    if (isLate()) this.release({ reason: 'late', message: 'it came to this node too late to be started' });
    if (this.#release !== undefined) return;
    const start = await this.#start();
    if ('kind' in start) return await journal.ended(this.order.token, start, 0);
    const { pid, processStart } = start;
    const process = { pid, processStart, startedAt: toTimestamp(bring.timing.now()) };
    try {
      await journal.started(this.order.token, process);
    } catch (error) {
      start.stop(0);
      await start.ended;
      throw error;
    }
    this.#process = process;
    this.#program = start;
    this.#gone = start.gone;
    // What was asked meanwhile had no program to ask.
    if (this.#release !== undefined) start.stop(GRACE_SECONDS);
    this.#startTold = reports.tellStart(this.order, process);
    this.#startTold.catch(() => undefined);
  }

  /** Sees the launched job to its conclusion, which is in the journal then. @throws the reason of the agent's end */
  async conclude(): Promise<WorkReport> {
    const { journal, reports } = this.#tools;
    const { token } = this.order;
    if (this.#program !== undefined) {
      const since = performance.now();
      const end = await this.#program.ended;
      this.#program = undefined;
      const seconds = Math.round(performance.now() - since) / 1000;
      if (this.#release === undefined) {
        await reports.write(async () => await journal.ended(token, end, seconds));
      }
    }
    const conclusion = await this.#decide(journal.recall(token));
    await reports.write(async () => await journal.concluded(conclusion));
    return journal.recall(token)?.conclusion ?? conclusion;
  }

  /** Goes on where an earlier run of the agent stopped: afterwards `conclude` has no program to wait for. */
  async resume({ process, ended, conclusion, isStartReported }: JobMemory): Promise<void> {
    this.#process = process;
    if (process !== undefined && !isStartReported) {
      this.#startTold = this.#tools.reports.tellStart(this.order, process);
      this.#startTold.catch(() => undefined);
    }
    if (conclusion !== undefined) return;
    if (await killLeftovers(this.folder.path, process)) {
      this.#tools.bring.log.warn('ended what an earlier run of the agent left running', {
        workId: this.order.workId,
      });
    }
    if (ended !== undefined) return;
    this.release({ reason: 'agent-restart', message: 'the agent of this node ended while the job ran' });
  }

  /** Tells the conclusion, after the start; removes what a success leaves. @throws the reason of the agent's end */
  async tell(conclusion: WorkReport): Promise<void> {
    await this.#startTold;
    await this.#tools.reports.tellConclusion(conclusion);
    // A failure can be looked into for a while.
    if (conclusion.state === 'failed') return;
    await rm(this.folder.path, { recursive: true, force: true }).catch((error: unknown) => {
      this.#tools.bring.log.warn('cannot remove the folder of a job', { folder: this.folder.path, error });
    });
  }

  async #start(): Promise<Start> {
    const { order, folder } = this;
    const { root, environment } = this.#tools;
    const { command, workingFolder, timeLimitSeconds } = order.template;
    if (command === undefined) return { kind: 'not-started', message: 'no program', canRetryHelp: false };
    try {
      await makeJobFolder(folder);
      return await startJob({
        vector: fillCommand(command, order.parameters),
        workingFolder: workingFolder === undefined ? folder.path : resolve(root, workingFolder),
        environment: jobEnvironment(environment, order, { folder, root }),
        log: folder.log,
        timeLimitSeconds,
      });
    } catch (error) {
      const message = error instanceof Error ? error.message : String(error);
      return { kind: 'not-started', message, canRetryHelp: true };
    }
  }

  async #decide(memory: JobMemory | undefined): Promise<WorkReport> {
    if (memory?.conclusion !== undefined) return memory.conclusion;
    if (memory?.ended !== undefined) {
      try {
        return await this.#concludeEnded(memory.ended);
      } catch (error) {
        this.#tools.end.throwIfAborted();
        if (!this.#unwanted.signal.aborted) throw error;
      }
    }
    const { token, workId, attempt } = this.order;
    const { reason, message } = this.#release ?? { reason: 'agent-restart', message: 'not known' };
    const logTail = await readLogTail(this.folder.log).catch(() => '');
    return {
      token,
      workId,
      attempt,
      state: 'released',
      reason,
      message: message.slice(0, 2000),
      ...(logTail === '' ? {} : { logTail }),
    };
  }

  async #concludeEnded(ended: { end: JobEnd; durationSeconds: number }): Promise<WorkReport> {
    const { bring, end } = this.#tools;
    const signal = AbortSignal.any([end, this.#unwanted.signal]);
    return await concludeJob({ order: this.order, folder: this.folder, ...ended }, bring, {
      signal,
      onActivity: () => undefined,
    });
  }
}

export type { JobTools, Release };
export { Job };
