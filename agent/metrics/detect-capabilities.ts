import { type Capabilities, capabilitiesSchema } from '../../lib/nodes/node.ts';
import type { Config } from '../config/read-config.ts';
import type { Log } from '../log.ts';
import type { Timing } from '../wait.ts';
import type { ReadGpus } from './read-gpus.ts';

/** A driver that still loads answers an error at first. */
const TRIES = 3;
const PAUSE_SECONDS = 3;

/** What this node says that it can do: the configuration wins, `nvidia-smi` fills in the GPUs. */
const detectCapabilities = async (
  config: Config,
  readGpus: ReadGpus,
  timing: Timing,
  log: Log,
  signal: AbortSignal,
): Promise<Capabilities> => {
  let reading = await readGpus();
  for (let tries = 1; reading.kind === 'failed' && tries < TRIES; tries += 1) {
    await timing.wait(PAUSE_SECONDS, signal);
    reading = await readGpus();
  }
  if (reading.kind === 'failed' && config.gpuCount === undefined) {
    log.error(
      'nvidia-smi is there and fails: this node enrols without GPUs. Mend the driver and restart, or give --gpu-count',
      {
        error: reading.error,
      },
    );
  }
  const gpus = reading.kind === 'read' ? reading.gpus : [];
  const memories = gpus.flatMap(({ memoryTotalBytes }) => memoryTotalBytes ?? []);
  // The smallest: what fits there fits everywhere on this node.
  const smallest = memories.length > 0 && memories.length === gpus.length ? Math.min(...memories) : undefined;
  const gpuMemoryBytes = config.gpuMemoryBytes ?? smallest;
  return capabilitiesSchema.parse({
    acceptsKinds: config.acceptsKinds,
    trains: config.trains,
    ephemeral: config.ephemeral,
    gpuCount: config.gpuCount ?? gpus.length,
    gpuMemoryBytes,
  });
};

export { detectCapabilities };
