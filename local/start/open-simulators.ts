import type { Machines } from '../providers/machines.ts';
import { type Simulators, startSimulators } from '../providers/simulators.ts';
import { isPortTaken } from './port.ts';

const LAST_PORT = 65_535;

/** The simulated providers one port above the cloud's, or at any free one: nothing that lasts knows their address. */
const openSimulators = async (
  cloudPort: number,
  options: { dataFolder: string; machines: Machines; log: (line: string) => void },
): Promise<Simulators> => {
  const port = cloudPort === 0 || cloudPort === LAST_PORT ? 0 : cloudPort + 1;
  try {
    return await startSimulators({ ...options, port });
  } catch (error) {
    if (!isPortTaken(error)) throw error;
    return startSimulators({ ...options, port: 0 });
  }
};

export { openSimulators };
