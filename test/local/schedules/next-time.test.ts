import { describe, expect, it } from 'vitest';
import { nextTime } from '../../../local/schedules/next-time.ts';

const from = new Date('2026-03-10T11:58:30.000Z');

describe('nextTime', () => {
  it.each([
    ['rate(1 minute)', '2026-03-10T11:59:30.000Z'],
    ['rate(5 minutes)', '2026-03-10T12:03:30.000Z'],
    ['rate(2 hours)', '2026-03-10T13:58:30.000Z'],
    ['rate(1 day)', '2026-03-11T11:58:30.000Z'],
    ['cron(0 12 * * ? *)', '2026-03-10T12:00:00.000Z'],
    ['cron(0/15 * * * ? *)', '2026-03-10T12:00:00.000Z'],
    ['cron(30 3 ? * MON *)', '2026-03-16T03:30:00.000Z'],
  ])('reads %s', (expression, expected) => {
    expect(nextTime(expression, from)?.toISOString()).toBe(expected);
  });

  it('knows when a cron expression never fires again', () => {
    expect(nextTime('cron(0 12 1 1 ? 2020)', from)).toBeUndefined();
  });

  it.each([
    'rate(0 minutes)',
    'rate(1 minutes)',
    'rate(2 minute)',
    'rate(1 week)',
    'every minute',
    'cron()',
    '',
  ])('refuses %s, as EventBridge does', (expression) => {
    expect(() => nextTime(expression, from)).toThrow('not a schedule that EventBridge knows');
  });
});
