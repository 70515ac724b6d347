import type { WorkReport } from '../../lib/work/work-report.ts';
import { fullJitterSeconds } from '../backoff.ts';
import type { Log } from '../log.ts';
import type { Timing } from '../wait.ts';
import type { WorkJournal } from './work-journal.ts';
import type { JobOrder, JobProcess } from './work-journal-state.ts';

interface WorkReportsTools {
  readonly journal: WorkJournal;
  /** Until the reports queue took it (true), or the signal aborts (false). */
  readonly send: (work: WorkReport, signal: AbortSignal) => Promise<boolean>;
  readonly timing: Timing;
  readonly log: Log;
  /** Aborts at the end of everything. */
  readonly end: AbortSignal;
}

/** Writes down what became of jobs, and tells the control plane of it until it took it; over restarts as well. */
class WorkReports {
  readonly #tools: WorkReportsTools;

  constructor(tools: WorkReportsTools) {
    this.#tools = tools;
  }

  /** Writes to the journal until the disk takes it. @throws the reason of the agent's end when that came first */
  async write(write: (journal: WorkJournal) => Promise<void>): Promise<void> {
    const { journal, timing, log, end } = this.#tools;
    for (let failures = 1; ; failures += 1) {
      end.throwIfAborted();
      try {
        await write(journal);
        return;
      } catch (error) {
        log.error('cannot write the work journal; trying again', { failures, error });
      }
      await timing.wait(
        fullJitterSeconds(failures, { baseSeconds: 1, capSeconds: 30 }, timing.random()),
        end,
      );
    }
  }

  async tellStart({ token, workId, attempt }: JobOrder, { startedAt }: JobProcess): Promise<void> {
    await this.#tell({ token, workId, attempt, state: 'started', startedAt }, 'start');
  }

  /** @param conclusion is in the journal already */
  async tellConclusion(conclusion: WorkReport): Promise<void> {
    await this.#tell(conclusion, 'conclusion');
  }

  async #tell(report: WorkReport, what: 'start' | 'conclusion'): Promise<void> {
    const { send, end } = this.#tools;
    if (!(await send(report, end))) end.throwIfAborted();
    await this.write(async (journal) => await journal.reported(report.token, what));
  }
}

export { WorkReports };
