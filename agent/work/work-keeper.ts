import type { Command, RunCommand } from '../../lib/commands/command.ts';
import { resolveParameters } from '../../lib/work/resolve-parameters.ts';
import type { ReleaseReason, WorkReport } from '../../lib/work/work-report.ts';
import { CommandFailure } from '../commands/command-failure.ts';
import type { Log } from '../log.ts';
import { KeyedMutex } from '../semaphore.ts';
import type { Timing } from '../wait.ts';
import { Job, type JobTools, type Release } from './job.ts';
import type { Slots } from './slots.ts';
import type { TemplateBook } from './template-book.ts';
import type { JobOrder } from './work-journal-state.ts';

type CancelCommand = Extract<Command, { type: 'cancel' }>;
type Running = Pick<JobOrder, 'token' | 'workId' | 'attempt'> & { readonly startedAt: string };

interface KeeperTools extends JobTools {
  readonly templates: TemplateBook;
  readonly slots: Slots;
  readonly isDraining: () => boolean;
  /** What failed jobs leave has to stay within bounds. */
  readonly tidy: () => Promise<void>;
  readonly timing: Timing;
  readonly log: Log;
}

/** What the command is told when the work goes back. */
const FAILURES = {
  draining: 'draining',
  'no-slot': 'interrupted',
  sigterm: 'interrupted',
  'template-unknown': 'invalid-command',
  late: 'deadline-passed',
  cancelled: 'interrupted',
} as const satisfies Partial<Record<ReleaseReason, CommandFailure['failureClass']>>;
type Refusal = Release & { readonly reason: keyof typeof FAILURES };

/** All work of this node: starts it, watches over it, gives it back. */
class WorkKeeper {
  readonly #tools: KeeperTools;
  readonly #jobs = new Map<string, Job>();
  readonly #untold = new Set<string>();
  readonly #mutex = new KeyedMutex();
  readonly #settling = new Set<Promise<void>>();
  #isLeaving = false;

  constructor(tools: KeeperTools) {
    this.#tools = tools;
  }

  /** Leases of which the control plane has not heard the end. */
  get count(): number {
    return this.#jobs.size + this.#untold.size;
  }

  /** What renews its lease with each heartbeat: until the queue took its last report. */
  running(): Running[] {
    return [...this.#jobs.values()].flatMap(({ order: { token, workId, attempt }, startedAt }) =>
      startedAt === undefined ? [] : [{ token, workId, attempt, startedAt }],
    );
  }

  /** Goes on with what an earlier run of the agent left. */
  async resume(): Promise<void> {
    for (const { token, order, ...memory } of this.#tools.journal.unsettled()) {
      if (order === undefined) {
        if (memory.conclusion !== undefined) this.#tellOnly(memory.conclusion);
        continue;
      }
      const job = new Job(order, this.#tools);
      this.#jobs.set(token, job);
      await job.resume({ order, ...memory });
      this.#follow(job, () => undefined);
    }
  }

  /**
   * Starts what the command says, once for each token. Resolves when the program runs, or ran.
   * @throws CommandFailure when the work is given back instead
   */
  async run(command: RunCommand, signal: AbortSignal): Promise<void> {
    const job = await this.#mutex.run(command.token, async () => await this.#begin(command, signal));
    if (job === undefined) return;
    // So the control plane hears first that it runs, then that the command was done. It may wait no longer than the command does.
    await Promise.race([
      job.startTold.catch(() => undefined),
      new Promise((resolve) => signal.addEventListener('abort', resolve, { once: true })),
    ]);
  }

  /** Ends the job and gives it back; one that has not come yet is not started when it does. */
  async cancel({ token, reason }: CancelCommand): Promise<void> {
    await this.#mutex.run(token, async () => {
      const job = this.#jobs.get(token);
      if (job !== undefined) job.release({ reason: 'cancelled', message: reason });
      else if (this.#tools.journal.recall(token) === undefined) await this.#tools.journal.cancelled(token);
    });
  }

  /** Gives back all that runs. What has ended is still brought into the store. */
  release(release: Release): void {
    for (const job of this.#jobs.values()) job.release(release);
  }

  /** The agent stops: gives everything back, soon. Resolves when the control plane has heard of it. */
  async leave(graceSeconds: number): Promise<void> {
    this.#isLeaving = true;
    const release = { reason: 'sigterm' as const, message: 'the agent of this node was told to stop' };
    for (const job of this.#jobs.values()) job.release(release, graceSeconds);
    while (this.#settling.size > 0) await Promise.all(this.#settling);
  }

  async #begin(command: RunCommand, signal: AbortSignal): Promise<Job | undefined> {
    const { journal, slots, timing } = this.#tools;
    const { token, workId, workAttempt: attempt, campaignId, template: templateName } = command;
    const known = journal.recall(token);
    if (known !== undefined && !known.isCancelled) return this.#jobs.get(token);
    if (known?.conclusion !== undefined || known?.settledAt !== undefined) return undefined;
    const isLate = (): boolean => signal.aborted || timing.now() >= new Date(command.deadlineAt);
    const accepted = this.#accept(command, known?.isCancelled === true, isLate());
    if ('reason' in accepted) return await this.#refuse(command, accepted);
    const order: JobOrder = {
      token,
      workId,
      attempt,
      ...(campaignId === undefined ? {} : { campaignId }),
      templateName,
      ...accepted,
    };
    const job = new Job(order, this.#tools);
    this.#jobs.set(token, job);
    const giveSlot = (): void => slots.give(order.gpus);
    try {
      await job.launch(isLate);
    } catch (error) {
      this.#jobs.delete(token);
      giveSlot();
      throw error;
    }
    this.#follow(job, giveSlot);
    return job;
  }

  /** What is needed to start it, with its slot taken; or why it goes back. */
  #accept(
    { template: name, templateDigest, parameters: given, requires }: RunCommand,
    isCancelled: boolean,
    isLate: boolean,
  ): Pick<JobOrder, 'template' | 'parameters' | 'gpus'> | Refusal {
    const { templates, slots, isDraining } = this.#tools;
    if (isCancelled) return { reason: 'cancelled', message: 'it was cancelled before it came' };
    if (isLate) return { reason: 'late', message: 'it came to this node after its deadline' };
    if (this.#isLeaving) return { reason: 'sigterm', message: 'the agent of this node stops' };
    if (isDraining()) return { reason: 'draining', message: 'this node drains: it starts nothing' };
    const found = templates.find(name, templateDigest);
    if (found.kind === 'unknown') return { reason: 'template-unknown', message: found.why };
    const { template } = found;
    let parameters: JobOrder['parameters'];
    try {
      parameters = resolveParameters(template, given);
    } catch (error) {
      // The template of this node says otherwise than that of the control plane.
      const why = error instanceof Error ? error.message : String(error);
      return { reason: 'template-unknown', message: `the template ${name} of this node refuses it: ${why}` };
    }
    const gpus = slots.take(requires.gpus);
    if (gpus === undefined) {
      return { reason: 'no-slot', message: `there is no free slot with ${requires.gpus} free GPUs` };
    }
    return { template, parameters, gpus: [...gpus] };
  }

  async #refuse({ token, workId, workAttempt: attempt }: RunCommand, refusal: Refusal): Promise<never> {
    const { reason } = refusal;
    const message = refusal.message.slice(0, 2000);
    const conclusion: WorkReport = { token, workId, attempt, state: 'released', reason, message };
    await this.#tools.journal.concluded(conclusion);
    this.#tellOnly(conclusion);
    throw new CommandFailure(FAILURES[reason], `${workId} goes back: ${message}`);
  }

  #tellOnly(conclusion: WorkReport): void {
    const { token } = conclusion;
    this.#untold.add(token);
    this.#settle(async () => {
      await this.#tools.reports.tellConclusion(conclusion);
      this.#untold.delete(token);
    });
  }

  /** From the start of the program to the last report. */
  #follow(job: Job, giveSlot: () => void): void {
    const { log, tidy } = this.#tools;
    const { token, workId } = job.order;
    this.#settle(async () => {
      const conclusion = await job.conclude();
      log.info('work ended', { workId, state: conclusion.state });
      // Before the control plane hears of it, because it may send the next one at once. What cannot be ended keeps its GPUs.
      await Promise.race([job.gone.then(giveSlot), Promise.resolve()]);
      await job.tell(conclusion);
      this.#jobs.delete(token);
      if (conclusion.state === 'failed') await tidy();
    });
  }

  #settle(steps: () => Promise<void>): void {
    const { log, end } = this.#tools;
    const settling = steps()
      .catch((error: unknown) => {
        if (!end.aborted) log.error('work could not be settled; the next start of the agent does', { error });
      })
      .finally(() => this.#settling.delete(settling));
    this.#settling.add(settling);
  }
}

export { WorkKeeper };
