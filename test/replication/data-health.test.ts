import { describe, expect, it } from 'vitest';
import { dataHealthOf } from '../../lib/replication/data-health.ts';
import { addSeconds } from '../../lib/time.ts';
import { START } from '../distribution/fixtures.ts';
import { at } from './fixtures.ts';

const report = {
  countedAt: at(0),
  total: 1000,
  changed: 0,
  under: 1,
  short: 0,
  lost: 0,
  single: 0,
  none: 0,
  score: 99.95,
  alerts: [],
  revision: 1,
};

describe('dataHealthOf', () => {
  it('says 100 only when nothing is missing', () => {
    expect(dataHealthOf(report, START)).toEqual({ score: 99, level: 'healthy', lost: 0, under: 1 });
    expect(dataHealthOf({ ...report, score: 100 }, START)?.score).toBe(100);
  });

  it('is unknown when nobody counted, or not for a quarter of an hour', () => {
    expect(dataHealthOf(undefined, START)).toBeUndefined();
    expect(dataHealthOf(report, addSeconds(START, 900))).toBeDefined();
    expect(dataHealthOf(report, addSeconds(START, 901))).toBeUndefined();
  });
});
