import type { Charge, Offer, Phase, SimInstance } from './instance.ts';
import { setRate } from './meter.ts';
import type { ProviderRules } from './provider-rules.ts';

interface EnterOptions {
  /** The phase ends by itself after so long. */
  readonly lastsMs?: number;
  /** Overrules what the phase costs. */
  readonly charge?: Charge;
}

interface LifeCycle {
  /** The instance in `phase` from `atMs` on, which may lie in the past. Ends what a script said of its cost. */
  enter(instance: SimInstance, phase: Phase, atMs: number, options?: EnterOptions): SimInstance;
  /** The phase that follows by itself. */
  next(instance: SimInstance, atMs: number): SimInstance;
  /** As it is at `nowMs`: each phase ended at its own instant. The same object when nothing changed. */
  advance(instance: SimInstance, nowMs: number): SimInstance;
  /** With its meter at the rate that it has now. */
  meterAt(instance: SimInstance, atMs: number): SimInstance;
}

const perHour = (charge: Charge, { microUsdPerHour, storageMicroUsdPerHour }: Offer): number => {
  switch (charge) {
    case 'nothing':
      return 0;
    case 'storage':
      return storageMicroUsdPerHour;
    case 'full':
      return microUsdPerHour;
    case 'full-and-storage':
      return microUsdPerHour + storageMicroUsdPerHour;
  }
};

/** How an instance goes from phase to phase, and what it costs in each. */
const createLifeCycle = (rules: ProviderRules): LifeCycle => {
  const meterAt: LifeCycle['meterAt'] = (instance, atMs) => {
    const rate = perHour(instance.charge ?? rules.charges[instance.phase], instance.offer);
    return { ...instance, meter: setRate(instance.meter, rate, atMs, rules.billingIncrementMs) };
  };

  const enter: LifeCycle['enter'] = (instance, phase, atMs, { lastsMs, charge } = {}) => {
    const { phaseEndsAtMs: _ended, charge: _overruled, ...rest } = instance;
    return meterAt(
      {
        ...rest,
        phase,
        ...(phase === 'running' && { runningSinceMs: atMs }),
        ...(lastsMs !== undefined && { phaseEndsAtMs: atMs + lastsMs }),
        ...(charge !== undefined && { charge }),
      },
      atMs,
    );
  };

  const next: LifeCycle['next'] = (instance, atMs) => {
    switch (instance.phase) {
      case 'booting':
        return enter(instance, 'running', atMs);
      case 'terminating':
        return enter(instance, 'terminated', atMs, { lastsMs: rules.listedAfterEndMs });
      default:
        return enter(instance, 'gone', atMs);
    }
  };

  return {
    meterAt,
    enter,
    next,
    advance: (instance, nowMs) => {
      let current = instance;
      while (current.phaseEndsAtMs !== undefined && current.phaseEndsAtMs <= nowMs) {
        current = next(current, current.phaseEndsAtMs);
      }
      return current;
    },
  };
};

export type { LifeCycle };
export { createLifeCycle };
