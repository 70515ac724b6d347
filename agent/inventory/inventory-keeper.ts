import type { DrainMemory } from '../commands/journal-state.ts';
import type { WithS3 } from '../pull/s3-source.ts';
import type { Reporter } from '../reports/reporter.ts';
import { KeyedMutex } from '../semaphore.ts';
import type { Timing } from '../wait.ts';
import { describeInventory, type ReportedInventory } from './inventory-report.ts';
import { putInventory } from './put-inventory.ts';
import { type Survey, type SurveyTools, takeSurvey } from './survey.ts';

interface InventoryTools extends SurveyTools {
  readonly reporter: Reporter;
  readonly withS3: WithS3;
  readonly place: () => { readonly nodeId: string; readonly artifactBucket: string };
  /** The drain that holds now and that this node has acknowledged: nothing has run since. */
  readonly acknowledgedDrain: () => DrainMemory | undefined;
  readonly everySeconds: number;
  readonly timing: Timing;
}

/** After a failure the next try comes sooner than the next inventory would. */
const RETRY_SECONDS = 60;

/** Knows what this node holds, and tells the control plane. */
class InventoryKeeper {
  readonly #tools: InventoryTools;
  readonly #mutex = new KeyedMutex();
  #before: ReportedInventory | undefined;
  #survey: Survey | undefined;
  #wanted = new AbortController();

  constructor(tools: InventoryTools) {
    this.#tools = tools;
  }

  /** Bytes of claimed files that the last look found outside of the store; undefined when nobody looked by the rules of now. */
  get unflushedBytes(): number | undefined {
    const rules = this.#tools.rules();
    if (!rules.hasClaims) return 0;
    return this.#survey?.configDigest === rules.digest ? this.#survey?.unflushedBytes : undefined;
  }

  /** The next inventory of `keep` comes now. */
  hurry(): void {
    this.#wanted.abort();
  }

  /**
   * Looks at everything and reports it; resolves with the digest once the reports queue has it.
   * @param epochOf asked before the first look: the drain for which nothing runs any more
   * @throws when the list would lack something, or `signal` aborted
   */
  async take(epochOf: () => number | undefined, signal: AbortSignal): Promise<string> {
    return await this.#mutex.run('inventory', async () => {
      signal.throwIfAborted();
      const { place, reporter } = this.#tools;
      // What arrives once a drain is settled cannot be missing from a list that names its epoch.
      const drainEpoch = epochOf();
      this.#survey = await takeSurvey(this.#tools, signal);
      const inventory = describeInventory(place().nodeId, this.#survey, this.#before, drainEpoch);
      if (this.#before?.digest !== inventory.report.digest) await putInventory(this.#tools, inventory);
      const content = { type: 'inventory', inventory: inventory.report } as const;
      // Of a drain the answer must not fail because a queue was busy once.
      if (drainEpoch === undefined) await reporter.sendOnce(content);
      else if (!(await reporter.sendUntilAccepted(content, signal))) signal.throwIfAborted();
      this.#before = inventory.reported;
      return inventory.report.digest;
    });
  }

  /** Reports at the start and at every interval, until `signal` aborts. */
  async keep(signal: AbortSignal): Promise<void> {
    const { acknowledgedDrain, everySeconds, timing, log } = this.#tools;
    let waitSeconds: number;
    do {
      this.#wanted = new AbortController();
      try {
        await this.take(() => acknowledgedDrain()?.epoch, signal);
        waitSeconds = everySeconds;
      } catch (error) {
        if (signal.aborted) return;
        log.warn('no inventory this time: nothing is reported, rather than a part', { error });
        waitSeconds = Math.min(RETRY_SECONDS, everySeconds);
      }
      await timing.wait(waitSeconds, AbortSignal.any([signal, this.#wanted.signal]));
    } while (!signal.aborted);
  }
}

export type { InventoryTools };
export { InventoryKeeper };
