import type { Heartbeat } from '../../lib/nodes/heartbeat.ts';
import type { Log } from '../log.ts';
import type { Reporter } from '../reports/reporter.ts';
import type { Timing } from '../wait.ts';

interface BeatTools {
  readonly take: () => Promise<Heartbeat>;
  readonly reporter: Reporter;
  readonly everySeconds: () => number;
  readonly timing: Timing;
  readonly log: Log;
}

/** A lost heartbeat is tried again this soon: the next one says the same and more. */
const RETRY_SECONDS = 5;

/** Sends heartbeats until `signal` aborts. */
const beat = async (tools: BeatTools, signal: AbortSignal): Promise<void> => {
  let pause: number;
  do {
    try {
      await tools.reporter.sendOnce({ type: 'heartbeat', heartbeat: await tools.take() });
      pause = tools.everySeconds();
    } catch (error) {
      pause = Math.min(tools.everySeconds(), RETRY_SECONDS * (0.5 + tools.timing.random()));
      tools.log.warn('a heartbeat was not accepted', { retryInSeconds: pause, error });
    }
  } while (await tools.timing.wait(pause, signal));
};

export { beat };
