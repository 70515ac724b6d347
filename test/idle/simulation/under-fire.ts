import { TransientError } from '../../../lib/errors.ts';

/** What befalls the calls of one run. */
interface Fate {
  /** The process dies at this call: before it takes effect, or after. */
  dieAt(step: string): 'before' | 'after' | undefined;
  /** The call fails without effect. */
  isUnavailable(step: string): boolean;
  /** Others get their turn before each call. */
  pause?(): Promise<void>;
}

interface UnderFire<Ports> {
  readonly ports: Ports;
  /** A new run begins, with a process that lives. */
  begin(fate: Fate): void;
}

type Call = (...parameters: unknown[]) => unknown;
const isCall = (value: unknown): value is Call => typeof value === 'function';
const isPlain = (value: unknown): value is object =>
  typeof value === 'object' && value !== null && Object.getPrototypeOf(value) === Object.prototype;

/** Not a call to anything outside. */
const UNTOUCHED: ReadonlySet<string> = new Set(['clock', 'warn', 'ids']);

/** The ports of a function under fire. A run that died makes no further call: each fails, as of a process that is gone. */
const underFire = <Ports extends object>(ports: Ports): UnderFire<Ports> => {
  let fate: Fate | undefined;
  let isDead = false;
  const guard =
    (step: string, call: Call): Call =>
    async (...parameters) => {
      await fate?.pause?.();
      if (isDead) throw new Error('the function died before');
      if (fate?.isUnavailable(step) === true) throw new TransientError(`${step} is unavailable`);
      const death = fate?.dieAt(step);
      if (death === undefined) return call(...parameters);
      isDead = true;
      if (death === 'after') await call(...parameters);
      throw new TransientError(`the function died at ${step}`);
    };
  const wrap = <Target extends object>(target: Target, path: string): Target => {
    const wrapped = { ...target };
    for (const [key, value] of Object.entries(target)) {
      const step = `${path}${key}`;
      if (UNTOUCHED.has(key)) continue;
      if (isCall(value)) Reflect.set(wrapped, key, guard(step, value));
      else if (isPlain(value)) Reflect.set(wrapped, key, wrap(value, `${step}.`));
    }
    return wrapped;
  };
  return {
    ports: wrap(ports, ''),
    begin: (next) => {
      fate = next;
      isDead = false;
    },
  };
};

export type { Fate };
export { underFire };
