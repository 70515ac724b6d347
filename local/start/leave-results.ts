import { existsSync, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';

/** Under the data root of a node; the starter configuration claims what lies there. */
const RESULTS_FOLDER = 'results';
const PAUSE_MS = 250;

const RESULTS = `${JSON.stringify({ run: 'demo-0001', games: 512, wins: 301, draws: 17 })}\n`;

/**
 * Writes a small result, as if a job of this node had just ended: the only copy of it. It waits until the agent has
 * enrolled, for what was on the machine before is not this node's work.
 */
const leaveResults = async (dataFolder: string, signal: AbortSignal): Promise<void> => {
  while (!signal.aborted) {
    if (existsSync(join(dataFolder, '.drover', 'identity.json'))) {
      const folder = join(dataFolder, RESULTS_FOLDER, 'demo-0001');
      mkdirSync(folder, { recursive: true });
      writeFileSync(join(folder, 'summary.json'), RESULTS);
      return;
    }
    await delay(PAUSE_MS, undefined, { ref: false });
  }
};

export { leaveResults, RESULTS_FOLDER };
