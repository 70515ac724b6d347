import type { Charge, Phase, SimInstance } from './instance.ts';

/** How a provider treats instances, apart from how its API speaks of them. */
interface ProviderRules {
  readonly key: string;
  newId(): string;
  /** What the provider puts into the environment of what runs on the machine. */
  environment(instance: SimInstance): Record<string, string>;
  readonly charges: Readonly<Record<Phase, Charge>>;
  /** Each session is rounded up to a multiple; 0 bills by the millisecond. */
  readonly billingIncrementMs: number;
  /** How long a terminated (or preempted) instance is still listed. */
  readonly listedAfterEndMs: number;
  readonly bootMs: number;
  readonly terminateMs: number;
  /** What becomes of an instance that the provider takes back with notice in its status. */
  readonly preemptedPhase: Phase & ('preempted' | 'stopped');
}

export type { ProviderRules };
