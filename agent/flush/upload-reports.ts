import { runLimited } from '../../lib/run-limited.ts';
import type { StoredArtifacts } from '../data/stored-artifacts.ts';
import type { Reporter } from '../reports/reporter.ts';
import { KeyedMutex } from '../semaphore.ts';

/** Reports on their way at once: each waits for an answer from far away. */
const AT_ONCE = 8;

/** Tells the control plane what this node brought into the store, until it took it; over restarts as well. */
class UploadReports {
  readonly #stored: StoredArtifacts;
  readonly #reporter: Reporter;
  readonly #mutex = new KeyedMutex();

  constructor(stored: StoredArtifacts, reporter: Reporter) {
    this.#stored = stored;
    this.#reporter = reporter;
  }

  /** Resolves when nothing waits to be told. @throws the reason of `signal` when that came first */
  async deliver(signal: AbortSignal): Promise<void> {
    await this.#mutex.run('reports', async () => {
      const [error] = await runLimited(this.#stored.unreported(), AT_ONCE, async (artifact) => {
        if (!(await this.#reporter.sendUntilAccepted({ type: 'artifact', artifact }, signal))) {
          signal.throwIfAborted();
        }
        await this.#stored.reported(artifact.artifactId);
      });
      if (error !== undefined) throw error;
    });
  }
}

export { UploadReports };
