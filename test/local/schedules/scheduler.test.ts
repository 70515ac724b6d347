import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import type { ScheduleRule } from '../../../local/resources/wiring.ts';
import { createScheduler } from '../../../local/schedules/scheduler.ts';

const ruleOf = (input?: string): ScheduleRule => ({
  name: 'each-minute',
  arn: 'arn:aws:events:us-east-1:000000000000:rule/each-minute',
  expression: 'rate(1 minute)',
  targets: [{ id: 't', arn: 'arn:target', deadLetterArn: undefined, input }],
});

describe('createScheduler', () => {
  beforeEach(() => {
    vi.useFakeTimers({ now: new Date('2026-03-10T12:00:00.000Z') });
  });
  afterEach(() => {
    vi.useRealTimers();
  });

  it('fires again and again with a scheduled event, until it is stopped', async () => {
    const deliver = vi.fn(() => Promise.resolve());
    const scheduler = createScheduler([ruleOf()], deliver, () => undefined);
    scheduler.start();

    await vi.advanceTimersByTimeAsync(59_000);
    expect(deliver).toHaveBeenCalledTimes(0);
    await vi.advanceTimersByTimeAsync(121_000);
    scheduler.stop();
    await vi.advanceTimersByTimeAsync(300_000);

    expect(deliver).toHaveBeenCalledTimes(3);
    expect(deliver).toHaveBeenLastCalledWith(
      ruleOf(),
      ruleOf().targets[0],
      expect.objectContaining({
        source: 'aws.events',
        'detail-type': 'Scheduled Event',
        resources: [ruleOf().arn],
        detail: {},
      }),
    );
  });

  it('fires sooner where its time passes faster', async () => {
    const deliver = vi.fn(() => Promise.resolve());
    const scheduler = createScheduler([ruleOf()], deliver, () => undefined, 10);
    scheduler.start();

    await vi.advanceTimersByTimeAsync(5900);
    expect(deliver).toHaveBeenCalledTimes(0);
    await vi.advanceTimersByTimeAsync(12_100);
    scheduler.stop();

    expect(deliver).toHaveBeenCalledTimes(3);
  });

  it('says when a rule fires next', () => {
    const scheduler = createScheduler([ruleOf()], vi.fn(), () => undefined);

    expect(scheduler.nextAt('each-minute')).toEqual(new Date('2026-03-10T12:01:00.000Z'));
    expect(() => scheduler.nextAt('each-hour')).toThrow('no schedule is named each-hour');
  });

  it('sends the constant input when the target has one', async () => {
    const deliver = vi.fn(() => Promise.resolve());
    const rule = ruleOf('{"what":"sweep"}');

    await createScheduler([rule], deliver, () => undefined).tick('each-minute');

    expect(deliver).toHaveBeenCalledWith(rule, rule.targets[0], { what: 'sweep' });
  });

  it('goes on after a delivery that failed, and says so', async () => {
    const lines: string[] = [];
    const deliver = vi.fn(() => Promise.reject(new Error('no room')));
    const scheduler = createScheduler([ruleOf()], deliver, (line) => lines.push(line));
    scheduler.start();

    await vi.advanceTimersByTimeAsync(120_000);
    scheduler.stop();

    expect(deliver).toHaveBeenCalledTimes(2);
    expect(lines[0]).toContain('each-minute failed: Error: no room');
  });

  it('ticks by ARN and names the schedules when there is no such one', async () => {
    const deliver = vi.fn(() => Promise.resolve());
    const scheduler = createScheduler([ruleOf()], deliver, () => undefined);

    await scheduler.tick(ruleOf().arn);

    expect(deliver).toHaveBeenCalledTimes(1);
    await expect(scheduler.tick('nobody')).rejects.toThrow('the template has: each-minute');
  });
});
