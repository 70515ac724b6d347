import type { Logger } from '@aws-lambda-powertools/logger';
import { type Metrics, MetricUnit } from '@aws-lambda-powertools/metrics';
import type { MetricName } from '../lib/constants.ts';
import { randomIds } from '../lib/ids.ts';
import type { Provider as ProviderKey } from '../lib/nodes/node.ts';
import type { Provider } from '../lib/providers/provider-port.ts';
import type { ProviderStateStore } from '../lib/providers/provider-state-store.ts';
import { addSeconds, type Clock } from '../lib/time.ts';

interface ProviderCycle {
  readonly key: ProviderKey;
  /** One at a time for each of these and each provider. */
  readonly job: Parameters<ProviderStateStore['takeLease']>[0];
  readonly leaseSeconds: number;
  /** 1 when the cycle failed, 0 when it did not. */
  readonly failures: MetricName;
  /** Undefined: nobody logged in to the provider. */
  readonly open: () => Promise<Provider | undefined>;
  /** What it adds to the metrics has the provider as dimension. */
  readonly run: (provider: Provider) => Promise<void>;
  /** After the lease was given back, also when `run` failed. */
  readonly afterwards?: () => Promise<void>;
}

interface CycleTools {
  readonly states: Pick<ProviderStateStore, 'takeLease' | 'releaseLease'>;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly metrics: Metrics;
}

/**
 * One cycle of one provider, as schedules start it each minute: not while the last one still runs, and not where nobody logged in.
 * @throws what `run` threw, so that the alarm sees it
 */
const runProviderCycle = async (
  { states, clock, logger, metrics }: CycleTools,
  { key, job, leaseSeconds, failures, open, run, afterwards }: ProviderCycle,
): Promise<void> => {
  const provider = await open();
  if (provider === undefined) {
    logger.debug('nobody logged in to this provider', { provider: key });
    return;
  }
  const holder = randomIds.uuid();
  const now = clock.now();
  if (!(await states.takeLease(job, key, holder, now, addSeconds(now, leaseSeconds)))) {
    logger.info('the last cycle of this provider still runs', { provider: key });
    return;
  }
  metrics.addDimension('provider', key);
  try {
    await run(provider);
    metrics.addMetric(failures, MetricUnit.Count, 0);
  } catch (error) {
    metrics.addMetric(failures, MetricUnit.Count, 1);
    throw error;
  } finally {
    metrics.publishStoredMetrics();
    await states.releaseLease(job, key, holder);
    await afterwards?.();
  }
};

export type { CycleTools, ProviderCycle };
export { runProviderCycle };
