/** Where a function dies: at its call with this number, before or after the call took effect. */
interface Death {
  readonly callNumber: number;
  readonly afterwards: boolean;
}

type Call = (...parameters: unknown[]) => unknown;
const isCall = (value: unknown): value is Call => typeof value === 'function';

/** The ports of a function that dies at one of its calls: that call fails, and every later one, as of a process that is gone. */
const dieAt = <Ports extends object>(
  ports: Ports,
  death: Death | undefined,
  untouched: ReadonlySet<string>,
): { readonly ports: Ports; hasDied(): boolean } => {
  let calls = 0;
  let isDead = false;
  const guard =
    (call: Call, self: unknown): Call =>
    async (...parameters) => {
      calls += 1;
      if (isDead) throw new Error('the function died before');
      if (calls !== death?.callNumber) return call.apply(self, parameters);
      isDead = true;
      if (death.afterwards) await call.apply(self, parameters);
      throw new Error('the function died here');
    };
  const wrap = <Target extends object>(target: Target): Target =>
    new Proxy(target, {
      get: (object, key) => {
        const value: unknown = Reflect.get(object, key);
        if (untouched.has(String(key))) return value;
        if (isCall(value)) return guard(value, object);
        return typeof value === 'object' && value !== null && !Array.isArray(value) ? wrap(value) : value;
      },
    });
  return { ports: death === undefined ? ports : wrap(ports), hasDied: () => isDead };
};

export type { Death };
export { dieAt };
