import type { CheckValue } from '../../lib/idle/idle-reason.ts';
import type { CheckUnit } from '../../lib/idle/reason-meanings.ts';
import { formatSeconds } from '../duration.ts';
import { formatUsd } from './usd.ts';

/** A value or limit of a check as people read it. Absent is unknown, never 0. */
const formatCheckValue = (value: CheckValue | undefined, unit: CheckUnit | undefined): string => {
  if (value === undefined) return '?';
  if (typeof value === 'boolean') return value ? 'yes' : 'no';
  if (typeof value === 'string' || unit === undefined) return String(value);
  switch (unit) {
    case 'seconds':
      return formatSeconds(value);
    case 'percent':
      return `${Math.round(value * 10) / 10} %`;
    case 'micro-usd-per-hour':
      return `${formatUsd(value)}/h`;
  }
};

export { formatCheckValue };
