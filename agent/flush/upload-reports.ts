import type { StoredArtifacts } from '../data/stored-artifacts.ts';
import type { Reporter } from '../reports/reporter.ts';
import { KeyedMutex } from '../semaphore.ts';

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
      for (const artifact of this.#stored.unreported()) {
        if (!(await this.#reporter.sendUntilAccepted({ type: 'artifact', artifact }, signal))) {
          signal.throwIfAborted();
        }
        await this.#stored.reported(artifact.artifactId);
      }
    });
  }
}

export { UploadReports };
