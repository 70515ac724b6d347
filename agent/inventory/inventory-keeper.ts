import type { DrainMemory } from '../commands/journal-state.ts';
import type { Log } from '../log.ts';
import type { WithS3 } from '../pull/s3-source.ts';
import type { Reporter } from '../reports/reporter.ts';
import type { Timing } from '../wait.ts';
import type { HashCache } from './hash-cache.ts';
import { describeInventory, type ReportedInventory } from './inventory-report.ts';
import { scanFiles } from './scan-files.ts';

const isAlreadyThere = (error: unknown): boolean =>
  error instanceof Error && error.name === 'PreconditionFailed';

interface InventoryTools {
  readonly root: string;
  readonly cache: HashCache;
  readonly reporter: Reporter;
  readonly withS3: WithS3;
  readonly place: () => { readonly nodeId: string; readonly artifactBucket: string };
  /** The drain that holds now, journalled. */
  readonly drain: () => DrainMemory | undefined;
  readonly everySeconds: number;
  readonly timing: Timing;
  readonly log: Log;
}

/** After a failure the next try comes sooner than the next inventory would. */
const RETRY_SECONDS = 60;

const putDocument = async (
  tools: InventoryTools,
  key: string,
  document: string,
  digest: string,
): Promise<void> => {
  const { PutObjectCommand } = await import('@aws-sdk/client-s3');
  await tools.withS3(async (client) => {
    try {
      await client.send(
        new PutObjectCommand({
          Bucket: tools.place().artifactBucket,
          Key: key,
          Body: document,
          ContentType: 'application/json',
          ChecksumSHA256: Buffer.from(digest, 'hex').toString('base64'),
          IfNoneMatch: '*',
        }),
      );
    } catch (error) {
      // Equal lists have equal keys: somebody (an earlier report) wrote it already.
      if (!isAlreadyThere(error)) throw error;
    }
  });
};

/** Reports all that the node holds: at the start and at every interval, until `signal` aborts. */
const keepInventory = async (tools: InventoryTools, signal: AbortSignal): Promise<void> => {
  let before: ReportedInventory | undefined;
  let waitSeconds = tools.everySeconds;
  do {
    try {
      // Before the first look: what arrives once a drain holds cannot be missing from a list that names its epoch.
      const drainEpoch = tools.drain()?.epoch;
      const scan = await scanFiles(tools.root, tools.cache, signal);
      const inventory = describeInventory(tools.place().nodeId, scan, before, drainEpoch);
      if (before?.digest !== inventory.report.digest) {
        await putDocument(tools, inventory.report.key, inventory.document, inventory.report.digest);
      }
      await tools.reporter.sendOnce({ type: 'inventory', inventory: inventory.report });
      before = inventory.reported;
      waitSeconds = tools.everySeconds;
    } catch (error) {
      if (signal.aborted) return;
      tools.log.warn('no inventory this time: nothing is reported, rather than a part', { error });
      waitSeconds = Math.min(RETRY_SECONDS, tools.everySeconds);
    }
  } while (await tools.timing.wait(waitSeconds, signal));
};

export { keepInventory };
