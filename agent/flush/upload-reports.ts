import type { UploadedArtifact } from '../../lib/nodes/uploaded-artifact.ts';
import { runLimited } from '../../lib/run-limited.ts';
import type { StoredArtifacts } from '../data/stored-artifacts.ts';
import type { Reporter } from '../reports/reporter.ts';
import { KeyedMutex } from '../semaphore.ts';

/** Requests on their way at once: each waits for an answer from far away. */
const AT_ONCE = 8;
/** What one request of SQS takes. Ten reports of artifacts, labels and all, are far below its limit of bytes. */
const BATCH = 10;

const batchesOf = (artifacts: readonly UploadedArtifact[]): UploadedArtifact[][] =>
  Array.from({ length: Math.ceil(artifacts.length / BATCH) }, (_, index) =>
    artifacts.slice(index * BATCH, (index + 1) * BATCH),
  );

/** Tells the control plane what this node brought into the store, until it took it; over restarts as well. */
class UploadReports {
  readonly #stored: StoredArtifacts;
  readonly #reporter: Pick<Reporter, 'sendAllUntilAccepted'>;
  readonly #mutex = new KeyedMutex();

  constructor(stored: StoredArtifacts, reporter: Pick<Reporter, 'sendAllUntilAccepted'>) {
    this.#stored = stored;
    this.#reporter = reporter;
  }

  /** Resolves when nothing waits to be told. @throws the reason of `signal` when that came first */
  async deliver(signal: AbortSignal): Promise<void> {
    await this.#mutex.run('reports', async () => {
      const [error] = await runLimited(batchesOf(this.#stored.unreported()), AT_ONCE, async (artifacts) => {
        const contents = artifacts.map((artifact) => ({ type: 'artifact' as const, artifact }));
        if (!(await this.#reporter.sendAllUntilAccepted(contents, signal))) signal.throwIfAborted();
        await Promise.all(artifacts.map(async ({ artifactId }) => await this.#stored.reported(artifactId)));
      });
      if (error !== undefined) throw error;
    });
  }
}

export { UploadReports };
