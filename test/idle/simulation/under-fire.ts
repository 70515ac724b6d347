import { TransientError } from '../../../lib/errors.ts';

/** What befalls one call: it has no effect, or the process dies before or after it. */
type Mishap = 'unavailable' | 'death-before' | 'death-after';

/** What befalls the calls of one run. */
interface Fate {
  mishapAt(step: string): Mishap | undefined;
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
  const suffer = async (step: string, call: () => unknown): Promise<unknown> => {
    await fate?.pause?.();
    if (isDead) throw new Error('the function died before');
    const mishap = fate?.mishapAt(step);
    if (mishap === undefined) return call();
    if (mishap === 'unavailable') throw new TransientError(`${step} is unavailable`);
    isDead = true;
    if (mishap === 'death-after') await call();
    throw new TransientError(`the function died at ${step}`);
  };
  const guard =
    (step: string, call: Call): Call =>
    (...parameters) =>
      suffer(step, () => call(...parameters));
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

export type { Fate, Mishap };
export { underFire };
