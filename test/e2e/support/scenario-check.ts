import type { CloudKind } from './scenario-cloud.ts';
import type { Stage } from './scenario-stage.ts';

/** One promise of the stack's wiring. It fails by throwing. */
interface Check {
  readonly name: string;
  /** What it is about: when one of these functions, rules, queues or variables is changed, a check that names it must fail. */
  readonly covers: readonly string[];
  /** Checks of the same kind of cloud share one. */
  readonly cloud: CloudKind;
  /** It logs in to providers, which only one check can do in a cloud at a time. */
  readonly isAlone?: true;
  run(stage: Stage): Promise<void>;
}

export type { Check };
