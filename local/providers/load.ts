import * as z from 'zod';

const percentSchema = z.number().min(0).max(100);

/** What a rented machine is busy with, as it shows from outside. */
const loadSchema = z.strictObject({
  /** Of each GPU; one number stands for all of them. */
  gpuPercent: z.union([percentSchema, z.array(percentSchema).min(1)]),
  /** How far the load of the GPUs wanders up and down from that. */
  gpuWanderPercent: percentSchema,
  /** Of all cores together. */
  cpuPercent: percentSchema,
  /** People who are logged in. */
  sshSessions: z.int().min(0).max(100),
  /** What the user's own probe on the machine prints. */
  probe: z.string().max(200),
  /** Overwrites what `nvidia-smi` says in a field, of every GPU: `{"utilization.gpu": "[N/A]"}`. */
  gpuFields: z.record(z.string(), z.string().regex(/^[^,\r\n]*$/)),
});
type Load = z.infer<typeof loadSchema>;

const loadChangeSchema = loadSchema.partial();
type LoadChange = z.infer<typeof loadChangeSchema>;

/** Nothing runs there. */
const idleLoad: Load = {
  gpuPercent: 0,
  gpuWanderPercent: 0,
  cpuPercent: 0,
  sshSessions: 0,
  probe: 'idle',
  gpuFields: {},
};

/** Training: the GPUs are never quite the same for two moments. */
const trainingLoad: Load = {
  ...idleLoad,
  gpuPercent: 88,
  gpuWanderPercent: 7,
  cpuPercent: 45,
};

/**
 * What is not named stays; a new level of the GPUs is steady unless the change says more.
 * @throws Error when it names another number of GPUs than the machine has
 */
const changeLoad = (load: Load, change: LoadChange, gpuCount: number): Load => {
  const { gpuPercent } = change;
  if (Array.isArray(gpuPercent) && gpuPercent.length !== gpuCount)
    throw new Error(`gpuPercent names ${gpuPercent.length} GPUs and the machine has ${gpuCount}`);
  const named = Object.fromEntries(Object.entries(change).filter(([, value]) => value !== undefined));
  return loadSchema.parse({
    ...load,
    ...(gpuPercent !== undefined && { gpuWanderPercent: 0 }),
    ...named,
  });
};

/** Two waves whose periods have no common measure, so that it takes long to come round. */
const WAVES_SECONDS = [47, 13] as const;
/** So that the GPUs of a machine do not go up and down together. */
const SHIFT_SECONDS = 5;

const waveAt = (atMs: number, gpu: number): number =>
  WAVES_SECONDS.reduce(
    (sum, period) =>
      sum + Math.sin((2 * Math.PI * (atMs / 1000 + gpu * SHIFT_SECONDS)) / period) / WAVES_SECONDS.length,
    0,
  );

/** How busy each GPU is at that moment, in whole percent. */
const gpuPercentsAt = (
  { gpuPercent, gpuWanderPercent }: Load,
  gpuCount: number,
  atMs: number,
): readonly number[] =>
  Array.from({ length: gpuCount }, (_, gpu) => {
    const level = typeof gpuPercent === 'number' ? gpuPercent : (gpuPercent[gpu] ?? 0);
    return Math.round(Math.min(100, Math.max(0, level + gpuWanderPercent * waveAt(atMs, gpu))));
  });

export type { Load, LoadChange };
export { changeLoad, gpuPercentsAt, idleLoad, loadChangeSchema, loadSchema, trainingLoad };
