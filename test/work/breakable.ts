/** Calls that change something: a process may end before each. */
const WRITES = new Set([
  'replace',
  'markTold',
  'putDetails',
  'grantLease',
  'releaseLease',
  'expireLease',
  'put',
  'send',
  'publish',
]);

/**
 * The ports of an installation that ends, once, before a write that is named beforehand.
 */
const breakable = <Ports extends object>(ports: Ports) => {
  let left = Number.POSITIVE_INFINITY;
  const wrap = <Target extends object>(target: Target): Target =>
    new Proxy(target, {
      get: (object, key, receiver) => {
        const value: unknown = Reflect.get(object, key, receiver);
        if (typeof value === 'function' && WRITES.has(String(key)))
          return async (...args: unknown[]): Promise<unknown> => {
            left -= 1;
            if (left < 0) {
              left = Number.POSITIVE_INFINITY;
              throw new Error('crash');
            }
            return Reflect.apply(value, object, args);
          };
        return typeof value === 'object' && value !== null ? wrap(value) : value;
      },
    });
  return {
    ports: wrap(ports),
    breaker: {
      after: (writes: number): void => {
        left = writes - 1;
      },
      mend: (): void => {
        left = Number.POSITIVE_INFINITY;
      },
    },
  };
};

export { breakable };
