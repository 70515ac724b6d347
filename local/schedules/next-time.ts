import awsCron from 'aws-cron-parser';
import { CloudError } from '../cloud-error.ts';

const RATE = /^rate\(\s*(\d+)\s+(minute|minutes|hour|hours|day|days)\s*\)$/;
const CRON = /^cron\((.+)\)$/;
const MINUTE_MS = 60_000;
const UNIT_MS: Readonly<Record<string, number>> = {
  minute: MINUTE_MS,
  hour: 60 * MINUTE_MS,
  day: 1440 * MINUTE_MS,
};

/**
 * When a schedule fires next after `from`: an EventBridge `rate(…)` or `cron(…)` in UTC. Undefined: never again.
 * @throws CloudError when EventBridge would refuse the expression.
 */
const nextTime = (expression: string, from: Date): Date | undefined => {
  const rate = RATE.exec(expression);
  if (rate !== null) {
    const [, count = '', unit = ''] = rate;
    const value = Number(count);
    // AWS wants the singular for 1 and the plural for all else.
    const ms = UNIT_MS[unit.replace(/s$/, '')];
    if (ms !== undefined && value >= 1 && (value === 1) === !unit.endsWith('s')) {
      return new Date(from.getTime() + value * ms);
    }
  }
  const cron = CRON.exec(expression);
  if (cron !== null) {
    try {
      return awsCron.next(awsCron.parse(cron[1] ?? ''), from) ?? undefined;
    } catch (error) {
      throw new CloudError(`${expression} is not a schedule that EventBridge knows`, { cause: error });
    }
  }
  throw new CloudError(`${expression} is not a schedule that EventBridge knows`);
};

export { nextTime };
