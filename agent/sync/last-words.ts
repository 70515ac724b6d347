import type { TerminationNotice } from '../../lib/nodes/termination-notice.ts';
import { farewellTimes } from '../farewell-times.ts';
import type { Log } from '../log.ts';
import type { Reporter } from '../reports/reporter.ts';
import { type Timing, whenAborted } from '../wait.ts';
import { leftBehind } from './left-behind.ts';
import type { PutFlusher } from './put-flusher.ts';
import type { PutIntake } from './put-intake.ts';
import type { PutLog } from './put-log.ts';

interface LastWordsTools {
  readonly putLog: Pick<PutLog, 'lines' | 'waiting'>;
  readonly flusher: Pick<PutFlusher, 'lastWords'>;
  readonly intake: Pick<PutIntake, 'isIdle' | 'settled'>;
  readonly reporter: Pick<Reporter, 'sendOnce'>;
  readonly timing: Timing;
  readonly log: Log;
}

/** So long after they were told to stop, uploads have let go. */
const GRACE_SECONDS = 0.2;

/**
 * The machine will be gone in so many seconds: tells so, brings what fits, tells exactly what did not, and is done before that. A file
 * counts as brought only when the log says so: what the store verified in the last moment may be named all the same. Never throws.
 */
const lastWords = async (
  { putLog, flusher, intake, reporter, timing, log }: LastWordsTools,
  { reason, deadlineSeconds }: Pick<TerminationNotice, 'reason' | 'deadlineSeconds'>,
  signal: AbortSignal,
): Promise<void> => {
  const { broughtBy, endedBy } = farewellTimes(deadlineSeconds);
  const until = (seconds: number): AbortSignal =>
    AbortSignal.any([signal, AbortSignal.timeout(Math.ceil(seconds * 1000))]);
  const cutOff = until(broughtBy);
  const over = until(endedBy);
  const tell = async (notice: TerminationNotice): Promise<void> =>
    await reporter
      .sendOnce({ type: 'termination-notice', notice })
      .catch((error: unknown) => log.warn('a notice was not accepted', { error }));
  const bringAll = async (): Promise<void> => {
    await flusher.lastWords(cutOff);
    // What was being put when the notice came.
    await intake.settled();
    await flusher.lastWords(cutOff);
  };

  const announced = tell({ reason, deadlineSeconds });
  if (putLog.waiting.count === 0 && intake.isIdle) {
    await Promise.race([announced, whenAborted(over)]);
    return;
  }
  // A file that takes no notice of its end must not keep the others from being told of.
  const letGo = whenAborted(cutOff).then(async () => await timing.wait(GRACE_SECONDS, over));
  await Promise.race([bringAll(), letGo]);
  const left = leftBehind(putLog.lines());
  if (left.count > 0) log.error('not everything that was put made it into the store', { ...left });
  const told = tell({ reason, deadlineSeconds, leftBehind: left });
  await Promise.race([Promise.all([announced, told]), whenAborted(over)]);
};

export type { LastWordsTools };
export { lastWords };
