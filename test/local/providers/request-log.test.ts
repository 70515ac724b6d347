import { describe, expect, it } from 'vitest';
import { createRequestLog, type LoggedRequest } from '../../../local/providers/request-log.ts';

const request = (fields: Partial<LoggedRequest>): LoggedRequest => ({
  atMs: 0,
  operation: 'list',
  status: 200,
  instanceIds: [],
  ...fields,
});

describe('the request log of a simulator', () => {
  it.each([
    [[], 0],
    [[0, 1000, 2000], 1],
    [[0, 999], 2],
    [[0, 400, 800, 1200, 1399], 4],
  ])('counts the most that arrived within a second: %j', (times, peak) => {
    const log = createRequestLog();

    for (const atMs of times) log.record(request({ atMs }));

    expect(log.statistics().peakPerSecond).toBe(peak);
  });

  it('counts by operation, and what was refused as too fast', () => {
    const log = createRequestLog();

    log.record(request({}));
    log.record(request({ status: 429 }));
    log.record(request({ operation: 'terminate' }));

    expect(log.statistics()).toMatchObject({
      total: 3,
      rateLimited: 1,
      byOperation: { list: 2, terminate: 1 },
    });
    log.clear();
    expect(log.statistics().total).toBe(0);
  });

  it('counts how often the end of each instance was asked for, answered or not', () => {
    const log = createRequestLog();

    log.record(request({ operation: 'terminate', instanceIds: ['a', 'b'] }));
    log.record(request({ operation: 'terminate', instanceIds: ['a'], status: 500 }));
    log.record(request({ operation: 'get', instanceIds: ['a'] }));

    expect(log.statistics().terminationsById).toEqual({ a: 2, b: 1 });
  });
});
