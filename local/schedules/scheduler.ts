import { randomUUID } from 'node:crypto';
import { ACCOUNT_ID, REGION } from '../arns.ts';
import { CloudError } from '../cloud-error.ts';
import type { DeliverOrDeadLetter } from '../delivery/dead-letter.ts';
import type { ScheduleRule } from '../resources/wiring.ts';
import { nextTime } from './next-time.ts';

/** Node's timers hold at most 2^31 - 1 ms; a later firing is reached in several waits. */
const LONGEST_WAIT_MS = 2_147_483_647;

interface Scheduler {
  start(): void;
  /**
   * Fires a rule at once, by name or ARN, and resolves when its targets have run once.
   * @throws CloudError when no enabled schedule has that name.
   */
  tick(nameOrArn: string): Promise<void>;
  /** When a rule fires next by its expression; undefined: never. @throws CloudError as `tick` does */
  nextAt(nameOrArn: string): Date | undefined;
  stop(): void;
}

const scheduledEvent = (rule: ScheduleRule, at: Date) => ({
  version: '0',
  id: randomUUID(),
  'detail-type': 'Scheduled Event',
  source: 'aws.events',
  account: ACCOUNT_ID,
  time: `${at.toISOString().slice(0, 19)}Z`,
  region: REGION,
  resources: [rule.arn],
  detail: {},
});

/**
 * Fires the template's schedules while the cloud runs. What was due while it was off is not made up for, as on AWS.
 * @param speed how much faster than the clock their time passes
 */
const createScheduler = (
  rules: readonly ScheduleRule[],
  deliver: DeliverOrDeadLetter,
  log: (line: string) => void,
  speed = 1,
): Scheduler => {
  const timers = new Map<string, NodeJS.Timeout>();
  const origin = Date.now();
  const now = (): number => origin + (Date.now() - origin) * speed;

  const fire = async (rule: ScheduleRule): Promise<void> => {
    const event = scheduledEvent(rule, new Date());
    await Promise.all(
      rule.targets.map((target) =>
        deliver(rule, target, target.input === undefined ? event : JSON.parse(target.input)),
      ),
    );
  };

  const arm = (rule: ScheduleRule, due: Date | undefined): void => {
    if (due === undefined) return;
    const wait = (due.getTime() - now()) / speed;
    const timer = setTimeout(
      () => {
        if (due.getTime() > now()) {
          arm(rule, due);
          return;
        }
        arm(rule, nextTime(rule.expression, due));
        fire(rule).catch((error: unknown) => log(`schedule ${rule.name} failed: ${String(error)}`));
      },
      Math.min(Math.max(wait, 0), LONGEST_WAIT_MS),
    );
    timers.set(rule.arn, timer);
  };

  const find = (nameOrArn: string): ScheduleRule => {
    const rule = rules.find(({ name, arn }) => name === nameOrArn || arn === nameOrArn);
    if (rule !== undefined) return rule;
    const names = rules.map(({ name }) => name).join(', ');
    throw new CloudError(`no schedule is named ${nameOrArn}; the template has: ${names || 'none'}`);
  };

  return {
    start: () => {
      for (const rule of rules) arm(rule, nextTime(rule.expression, new Date(now())));
    },
    tick: async (nameOrArn) => {
      await fire(find(nameOrArn));
    },
    nextAt: (nameOrArn) => nextTime(find(nameOrArn).expression, new Date(now())),
    stop: () => {
      for (const timer of timers.values()) clearTimeout(timer);
      timers.clear();
    },
  };
};

export type { Scheduler };
export { createScheduler };
