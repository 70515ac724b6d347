import { FUNCTIONS, LISTED_PROVIDERS, resourceName } from '../../../lib/constants.ts';
import { LOCAL_STAGE } from '../../../local/synth.ts';
import type { Check } from './scenario-check.ts';

/** The last part of the name of each rule that fires by time. */
const SCHEDULES = [
  FUNCTIONS.sweepDeliveries,
  FUNCTIONS.scoreHealth,
  `${FUNCTIONS.dispatchWork}-sweep`,
  FUNCTIONS.populateQueue,
  FUNCTIONS.repairReplication,
  ...[FUNCTIONS.reconcileInstances, FUNCTIONS.shutDownIdle].flatMap((name) =>
    LISTED_PROVIDERS.map((provider) => `${name}-${provider}`),
  ),
];

const MINUTE_MS = 60_000;

/** When schedules fire. That they do by themselves, and what comes of it, the checks in `scheduled` clouds wait for. */
const scheduleChecks: readonly Check[] = SCHEDULES.map((rule) => ({
  name: `the rule ${rule} fires next within a minute`,
  covers: [`schedule ${rule}`],
  cloud: 'still',
  run: async ({ cloud }) => {
    const next = cloud.nextFiring(resourceName(LOCAL_STAGE, rule));
    if (next === undefined || next.getTime() > Date.now() + MINUTE_MS)
      throw new Error(`it fires next ${next?.toISOString() ?? 'never'}`);
  },
}));

export { SCHEDULES, scheduleChecks };
