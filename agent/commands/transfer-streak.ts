import { toCommandFailure } from './command-failure.ts';

/** Ends of a transfer that say nothing about whether transfers work on this node: what was asked for cannot be, or it was stopped. */
const NO_FAILURE: ReadonlySet<string> = new Set([
  'draining',
  'interrupted',
  'invalid-command',
  'not-found',
  'path-refused',
  'too-small',
]);

/** How many transfers failed since the last one that worked. */
class TransferStreak {
  #failures = 0;

  get failures(): number {
    return this.#failures;
  }

  /** Runs one transfer and counts how it ends. `signal` aborted: it was stopped, not failed. */
  async run<T>(signal: AbortSignal, transfer: () => Promise<T>): Promise<T> {
    try {
      const result = await transfer();
      this.#failures = 0;
      return result;
    } catch (error) {
      const cause: unknown = signal.aborted ? signal.reason : error;
      const { failureClass } = toCommandFailure(cause);
      const isStopped = signal.aborted && failureClass !== 'deadline-passed';
      if (!isStopped && !NO_FAILURE.has(failureClass)) this.#failures += 1;
      throw error;
    }
  }
}

export { TransferStreak };
