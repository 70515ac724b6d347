import { describe, expect, it } from 'vitest';
import { createRequestLog } from '../../../local/providers/request-log.ts';

describe('the request log of a simulator', () => {
  it.each([
    [[], 0],
    [[0, 1000, 2000], 1],
    [[0, 999], 2],
    [[0, 400, 800, 1200, 1399], 4],
  ])('counts the most that arrived within a second: %j', (times, peak) => {
    const log = createRequestLog();

    for (const atMs of times) log.record({ atMs, operation: 'list', status: 200 });

    expect(log.statistics().peakPerSecond).toBe(peak);
  });

  it('counts by operation, and what was refused as too fast', () => {
    const log = createRequestLog();

    log.record({ atMs: 0, operation: 'list', status: 200 });
    log.record({ atMs: 1, operation: 'list', status: 429 });
    log.record({ atMs: 2, operation: 'terminate', status: 200 });

    expect(log.statistics()).toMatchObject({
      total: 3,
      rateLimited: 1,
      byOperation: { list: 2, terminate: 1 },
    });
    log.clear();
    expect(log.statistics().total).toBe(0);
  });
});
