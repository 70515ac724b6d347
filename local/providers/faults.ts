import * as z from 'zod';

const faultNameSchema = z.enum([
  /** 429 in the provider's own words. */
  'rate-limited',
  'server-error',
  /** An HTML page of a gateway, status 502. */
  'bad-gateway',
  /** The request is read and never answered. */
  'no-answer',
  'connection-reset',
  /** The listing lacks its second half; a total that the provider states stays true. */
  'half-list',
  'empty-body',
  'cut-body',
  /** The key that holds the instances has another name. */
  'changed-shape',
  /** 410. */
  'gone',
  'unauthorized',
  /** A refused key as 404 with `auth_error`: Vast's alone. The others answer 401. */
  'not-found-auth-error',
  /** A 403 of the edge in front of the API, not JSON. */
  'edge-blocked',
  /** The mutation is refused, in the provider's way: `success: false` under 200, 200 without the id, 409. */
  'refused',
  /** Terminate says yes and nothing happens. */
  'accepted-never-gone',
  /** The machine is gone, but the instance stays `terminating` (and bills) until it is released. */
  'stuck-terminating',
]);
type FaultName = z.infer<typeof faultNameSchema>;

const faultSchema = z.strictObject({
  fault: faultNameSchema,
  /** `list` or another operation; default any. */
  on: z.string().optional(),
  /** How many requests it hits; default all until it is cleared. */
  times: z.int().positive().optional(),
  /** It spares so many requests first: the second page, the third poll. */
  skip: z.int().nonnegative().optional(),
  instanceId: z.string().optional(),
  retryAfterSeconds: z.int().positive().optional(),
});
type Fault = z.infer<typeof faultSchema>;

interface Faults {
  inject(fault: Fault): void;
  clear(): void;
  /** The fault that hits this request, counted down. */
  take(operation: string, instanceIds?: readonly string[]): Fault | undefined;
}

const createFaults = (): Faults => {
  let active: { fault: Fault; skip: number; left: number }[] = [];
  return {
    inject: (fault) => {
      active.push({ fault, skip: fault.skip ?? 0, left: fault.times ?? Number.POSITIVE_INFINITY });
    },
    clear: () => {
      active = [];
    },
    take: (operation, instanceIds = []) => {
      const hit = active.find(
        ({ fault }) =>
          (fault.on === undefined || fault.on === operation) &&
          (fault.instanceId === undefined || instanceIds.includes(fault.instanceId)),
      );
      if (hit === undefined) return undefined;
      if (hit.skip > 0) {
        hit.skip -= 1;
        return undefined;
      }
      hit.left -= 1;
      if (hit.left <= 0) active = active.filter((entry) => entry !== hit);
      return hit.fault;
    },
  };
};

export type { Fault, FaultName, Faults };
export { createFaults, faultSchema };
