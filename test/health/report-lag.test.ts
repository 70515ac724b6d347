import { describe, expect, it } from 'vitest';
import { reportLagSeconds } from '../../lib/health/report-lag.ts';
import { at, atText } from '../nodes/fixtures.ts';

const beat = (sent: number, recorded: number) => ({
  heartbeatAt: atText(sent),
  heartbeatRecordedAt: atText(recorded),
});

describe('reportLagSeconds', () => {
  it('is the median of what was recorded within two minutes', () => {
    expect(reportLagSeconds([beat(0, 1), beat(0, 90), beat(10, 100)], at(110))).toBe(90);
    // One that was tried again does not speak for all.
    expect(reportLagSeconds([beat(100, 101), beat(100, 101), beat(0, 100)], at(110))).toBe(1);
  });

  it('is unknown when nothing was recorded lately', () => {
    expect(reportLagSeconds([], at(0))).toBeUndefined();
    expect(reportLagSeconds([{}, beat(0, 1)], at(122))).toBeUndefined();
  });
});
