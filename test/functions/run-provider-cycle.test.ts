import { Logger } from '@aws-lambda-powertools/logger';
import { Metrics } from '@aws-lambda-powertools/metrics';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import * as z from 'zod';
import { type ProviderCycle, runProviderCycle } from '../../functions/run-provider-cycle.ts';
import { METRICS } from '../../lib/constants.ts';
import { createMemoryProviderStateStore } from '../../lib/providers/memory-provider-state-store.ts';
import { createStatic } from '../../lib/providers/static.ts';
import { createTestClock } from '../nodes/fixtures.ts';

const states = createMemoryProviderStateStore();
const clock = createTestClock();
const apiKey = async () => 'key';
const provider = createStatic({
  apiKey,
  reloadApiKey: apiKey,
  fetch: () => expect.fail('nobody asks for it'),
  clock,
  wait: async () => undefined,
});
let written: string[];

beforeEach(() => {
  written = [];
  vi.spyOn(process.stdout, 'write').mockImplementation((line) => written.push(String(line)) > 0);
});
afterEach(() => {
  vi.restoreAllMocks();
});

const run = (changes: Partial<ProviderCycle> = {}): Promise<void> => {
  const metrics = new Metrics({ namespace: 'test', serviceName: 'test' });
  return runProviderCycle(
    { states, clock, logger: new Logger({ logLevel: 'SILENT' }), metrics },
    {
      key: 'vast',
      job: 'idle',
      leaseSeconds: 60,
      failures: METRICS.idleCycleFailures,
      open: async () => provider,
      run: async () => undefined,
      ...changes,
    },
  );
};

const lineSchema = z.looseObject({ provider: z.string(), [METRICS.idleCycleFailures]: z.number() });

const failuresTold = () =>
  written.map((line) => {
    const { provider: key, [METRICS.idleCycleFailures]: failures } = lineSchema.parse(JSON.parse(line));
    return [key, failures];
  });

describe('runProviderCycle', () => {
  it('does nothing, and measures nothing, for a provider that nobody logged in to', async () => {
    await run({ open: async () => undefined, run: () => expect.fail('it must not run') });
    expect(written).toEqual([]);
  });

  it('runs once at a time, and again when the last one is over', async () => {
    let runs = 0;
    const count = async (): Promise<void> => {
      runs += 1;
    };
    await run({
      run: async () => {
        await count();
        await run({ run: count });
      },
    });
    expect(runs).toBe(1);
    await run({ run: count });
    expect(runs).toBe(2);
    expect(failuresTold()).toEqual([
      ['vast', 0],
      ['vast', 0],
    ]);
  });

  it('measures a failure, gives the lease back, does what comes afterwards, and throws', async () => {
    const done: string[] = [];
    const broken = run({
      run: async () => {
        throw new Error('the provider fails');
      },
      afterwards: async () => {
        done.push('afterwards');
        await run({ run: async () => void done.push('again') });
      },
    });
    await expect(broken).rejects.toThrow('the provider fails');
    expect(done).toEqual(['afterwards', 'again']);
    expect(failuresTold()).toEqual([
      ['vast', 1],
      ['vast', 0],
    ]);
  });
});
