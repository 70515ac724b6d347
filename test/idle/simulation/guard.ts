import type { IdleConfig } from '../../../lib/idle/idle-settings.ts';
import type { Sabotage } from './installation.ts';
import type { Weather } from './weather.ts';
import type { WorldOptions } from './world.ts';

interface Guard {
  readonly name: string;
  /** What is seen when it is away. */
  readonly violation: RegExp;
  readonly sabotage: Sabotage;
  /** What makes it needed often. */
  readonly weather?: Partial<Weather>;
  readonly idle?: Partial<IdleConfig>;
}

const FAIR: Partial<Weather> = {
  listFault: 0.02,
  terminateFault: 0.1,
  lockout: 0,
  crashes: false,
  unavailable: 0,
  force: 0,
};
const HASTY: Partial<IdleConfig> = {
  mode: 'enforce',
  idleThresholdSeconds: 180,
  minimumSamples: 2,
  bootGraceSeconds: 0,
  retain: 0,
  roles: {},
  drainPeriodSeconds: 0,
  acknowledgeSeconds: 300,
  terminationGapSeconds: 0,
  dailyTerminationPercent: 100,
  dailyTerminationMinimum: 10_000,
};

/** A small fleet in a hurry, where this guard is often all that stands in the way. */
const guardWorld = ({ weather, idle }: Guard, seed: number): WorldOptions => ({
  seed,
  steps: 300,
  size: 16,
  isNeverCalm: true,
  weather: { ...FAIR, ...weather },
  idle: { ...HASTY, ...idle },
});

export type { Guard };
export { guardWorld };
