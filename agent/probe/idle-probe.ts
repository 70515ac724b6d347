import type { Heartbeat } from '../../lib/nodes/heartbeat.ts';
import type { Log } from '../log.ts';
import type { Timing } from '../wait.ts';
import { type ArgumentVector, describeEnd, type ProgramEnd, runProgram } from './run-program.ts';

type Verdict = NonNullable<Heartbeat['probe']>;

interface ProbeTools {
  /** From the node's own configuration, never from a message. */
  readonly probe: ArgumentVector;
  readonly limitSeconds: number;
  /** Between two heartbeats. */
  readonly everySeconds: () => number;
  readonly timing: Timing;
  readonly log: Log;
}

/** One word is asked for: a program that prints this much means something else. */
const OUTPUT_BYTES = 1024;
const MAX_DETAIL = 200;

/** Idle is exit code 0 and the one word `idle`; everything else is busy: what is not understood never ends a node. */
const judgeEnd = (end: ProgramEnd): Verdict => {
  if (end.kind === 'exited' && end.code === 0 && end.output.trim() === 'idle') {
    return { verdict: 'idle', detail: 'the probe says so' };
  }
  return { verdict: 'busy', detail: describeEnd(end).slice(0, MAX_DETAIL) };
};

/**
 * The user's own word on whether the node is idle. It is asked with every heartbeat, and the heartbeat does not wait: it takes the
 * last answer, as long as that is not too old.
 */
class IdleProbe {
  readonly #tools: ProbeTools;
  #last: { readonly verdict: Verdict; readonly at: number } | undefined;
  #running: Promise<void> | undefined;

  constructor(tools: ProbeTools) {
    this.#tools = tools;
  }

  /** What it says now, for a heartbeat; and asks it again. */
  async verdict(signal: AbortSignal): Promise<Verdict> {
    const { timing, everySeconds, limitSeconds } = this.#tools;
    // After a restart it waits once: an agent that calls itself busy for not having asked yet would end its own drain.
    if (this.#last === undefined && !signal.aborted) await this.ask(signal);
    const last = this.#last;
    if (!signal.aborted) void this.ask(signal);
    if (last === undefined) return { verdict: 'busy', detail: 'the probe has not answered yet' };
    const age = (timing.now().getTime() - last.at) / 1000;
    // One answer may be missed: two intervals, and the time that an answer takes.
    if (age <= 2 * everySeconds() + limitSeconds) return last.verdict;
    return { verdict: 'busy', detail: `the last answer of the probe is ${Math.round(age)} s old` };
  }

  /** Runs the probe, unless it runs. Never rejects. */
  async ask(signal: AbortSignal): Promise<void> {
    this.#running ??= this.#run(signal).finally(() => {
      this.#running = undefined;
    });
    await this.#running;
  }

  async #run(signal: AbortSignal): Promise<void> {
    const { probe, limitSeconds, timing, log } = this.#tools;
    const end = await runProgram(probe, { limitSeconds, outputBytes: OUTPUT_BYTES, signal });
    if (end.kind === 'stopped') return;
    const verdict = judgeEnd(end);
    if (verdict.verdict !== this.#last?.verdict.verdict) log.info('the idle probe answered', { ...verdict });
    this.#last = { verdict, at: timing.now().getTime() };
  }
}

export { IdleProbe, judgeEnd };
