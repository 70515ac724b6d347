import { describe, expect, it } from 'vitest';
import { known, unknown } from '../../lib/health/reading.ts';
import { areReportsLate, reportLagSeconds } from '../../lib/health/report-lag.ts';
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

describe('areReportsLate', () => {
  it.each([
    ['beats are recorded in time', [beat(100, 101)], known(50), false],
    ['what is recorded is old', [beat(0, 90)], known(0), true],
    ['none is recorded and none waits: the nodes are silent', [beat(0, 1)], known(0), false],
    ['none is recorded and some wait: nobody takes them', [beat(0, 1)], known(1), true],
    ['none is recorded and nobody knows whether some wait', [beat(0, 1)], unknown('denied'), true],
    ['beats are recorded and nobody knows whether some wait', [beat(100, 101)], unknown('denied'), false],
  ])('%s', (_what, nodes, waiting, late) => {
    expect(areReportsLate(nodes, waiting, 60, at(110))).toBe(late);
  });

  it('looks back exactly as far as a report may be late', () => {
    expect(areReportsLate([beat(0, 50)], known(1), 60, at(110))).toBe(false);
    expect(areReportsLate([beat(0, 49)], known(1), 60, at(110))).toBe(true);
  });
});
