import type { Template } from '../../../local/template/template.ts';
import { distributionChecks } from './scenario-distribution.ts';
import { enrolmentChecks } from './scenario-enrolment.ts';
import { faultChecks } from './scenario-faults.ts';
import { queueChecks } from './scenario-queues.ts';
import { refusalChecks } from './scenario-refusals.ts';
import { type CloudKind, openStage, type Stage } from './scenario-stage.ts';
import { sweepChecks } from './scenario-sweep.ts';

/** One promise of the stack's wiring. It fails by throwing. */
interface Check {
  readonly name: string;
  /** What it is about, so that a change of that is tried on it first: functions, rules, queues, variables. */
  readonly covers: readonly string[];
  /** Checks of the same kind of cloud share one. */
  readonly cloud: CloudKind;
  run(stage: Stage): Promise<void>;
}

/** The wiring of the whole stack in named checks. Each stands alone: it makes what it needs. */
const scenario: readonly Check[] = [
  ...enrolmentChecks,
  ...distributionChecks,
  ...refusalChecks,
  ...sweepChecks,
  ...queueChecks,
  ...faultChecks,
];

interface Failure {
  readonly check: string;
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
        return { check: check.name, error };
      }
    }
    return undefined;
  } finally {
    for (const stage of stages.values()) await stage.close();
  }
};

export type { Check, Failure };
export { findFailure, scenario };
