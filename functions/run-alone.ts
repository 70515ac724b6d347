import type { Logger } from '@aws-lambda-powertools/logger';
import type { Lease } from '../lib/aws/dynamo-lease.ts';
import { randomIds } from '../lib/ids.ts';
import { addSeconds, systemClock } from '../lib/time.ts';

/** Runs `work` unless another run of the same function still does, whose lease it then leaves alone. @throws what `work` threw */
const runAlone = async (
  {
    lease,
    leaseSeconds,
    logger,
  }: { readonly lease: Lease; readonly leaseSeconds: number; readonly logger: Logger },
  work: (now: Date) => Promise<void>,
): Promise<void> => {
  const holder = randomIds.uuid();
  const now = systemClock.now();
  if (!(await lease.take(holder, now, addSeconds(now, leaseSeconds)))) {
    logger.info('the last run still runs');
    return;
  }
  try {
    await work(now);
  } finally {
    await lease.release(holder);
  }
};

export { runAlone };
