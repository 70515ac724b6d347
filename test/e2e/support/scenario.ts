import type { Template } from '../../../local/template/template.ts';
import type { Check } from './scenario-check.ts';
import type { CloudKind } from './scenario-cloud.ts';
import { distributionChecks } from './scenario-distribution.ts';
import { enrolmentChecks } from './scenario-enrolment.ts';
import { faultChecks } from './scenario-faults.ts';
import { healthChecks } from './scenario-health.ts';
import { idleChecks } from './scenario-idle.ts';
import { populationChecks } from './scenario-population.ts';
import { providerChecks } from './scenario-providers.ts';
import { queueChecks } from './scenario-queues.ts';
import { refusalChecks } from './scenario-refusals.ts';
import { replicationChecks } from './scenario-replication.ts';
import { scheduleChecks } from './scenario-schedules.ts';
import { openStage, type Stage } from './scenario-stage.ts';
import { sweepChecks } from './scenario-sweep.ts';
import { syncChecks } from './scenario-sync.ts';
import { workChecks } from './scenario-work.ts';

/** The wiring of the whole stack in named checks. Each stands alone: it makes what it needs. */
const scenario: readonly Check[] = [
  ...scheduleChecks,
  ...enrolmentChecks,
  ...distributionChecks,
  ...refusalChecks,
  ...sweepChecks,
  ...providerChecks,
  ...healthChecks,
  ...idleChecks,
  ...workChecks,
  ...populationChecks,
  ...replicationChecks,
  ...syncChecks,
  ...queueChecks,
  ...faultChecks,
];

interface Failure {
  readonly check: Check;
  readonly error: unknown;
}

interface ScenarioOptions {
  readonly assemblyFolder: string;
  readonly template: Template;
  readonly checks: readonly Check[];
  /** How long a check waits for what is promised. */
  readonly patienceSeconds: number;
}

/** Runs the checks in their order and answers the first that fails; undefined when all hold. */
const findFailure = async ({ checks, ...options }: ScenarioOptions): Promise<Failure | undefined> => {
  const stages = new Map<CloudKind, Stage>();
  try {
    for (const check of checks) {
      const stage = stages.get(check.cloud) ?? (await openStage({ ...options, kind: check.cloud }));
      stages.set(check.cloud, stage);
      try {
        await check.run(stage);
      } catch (error) {
        return { check, error };
      }
    }
    return undefined;
  } finally {
    for (const stage of stages.values()) await stage.close();
  }
};

export type { Failure };
export { findFailure, scenario };
